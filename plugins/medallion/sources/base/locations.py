"""Where a file source's files are: in the project, in a folder that was allowed, or elsewhere."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from medallion.sources.base import web_address

SCHEMES = ("abfs", "abfss", "sftp", "ftp", "s3", "gs")
"""Those that are read through an Airflow connection."""

_URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://(.*)", re.DOTALL)
_OF_ADDRESSES = re.compile(r"[%#?\\\[\]^|\x00-\x1f\x7f]")
"""The signs that mean something else, or nothing, where a path is read as an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A URL of files: `abfs://lake@exports/2026/*.csv`."""

    scheme: str
    conn_id: str
    path: str
    """On the server, or in the container or bucket that it begins with. Of a web address without a
    connection it begins with the server."""

    @classmethod
    def parse(cls, path: str) -> Location | None:
        """The location that a URL names; None where it is a path of the project.

        >>> Location.parse("sftp://bank@/out/*.csv")
        Location(scheme='sftp', conn_id='bank', path='/out/*.csv')
        >>> Location.parse("include/data/a.csv") is None
        True
        """
        found = _URL.fullmatch(path)
        if not found:
            return None
        scheme, rest = found[1].lower(), found[2]
        start, slash, below = rest.partition("/")
        conn_id, at, container = start.rpartition("@")
        return cls(scheme=scheme, conn_id=conn_id if at else "", path=container + slash + below)

    @property
    def is_web(self) -> bool:
        """Whether it is the address of one file on a web server, which lists none."""
        return self.scheme in web_address.SCHEMES

    def url(self, path: str) -> str:
        """A file's URL: the same in every run, and without a secret."""
        return f"{self.scheme}://{self.conn_id}{'@' if self.conn_id else ''}{path}"

    def is_within(self, folder: Location) -> bool:
        """Whether it is a folder, or lies in it: by the same connection of the same scheme.

        >>> lake = Location.parse("abfs://lake@published/cinema")
        >>> Location.parse("abfs://lake@published/cinema/films").is_within(lake)
        True
        >>> Location.parse("abfs://lake@published/cinema2").is_within(lake)
        False
        """
        here, there = (posixpath.normpath(f"/{one.path.strip('/')}") for one in (self, folder))
        same = (self.scheme.rstrip("s"), self.conn_id) == (
            folder.scheme.rstrip("s"),
            folder.conn_id,
        )
        return same and f"{here}/".startswith(f"{there.rstrip('/')}/")

    def problem(self) -> str:
        """Why it is not allowed as a location, in a few words; empty if it is."""
        if self.scheme not in (*SCHEMES, *web_address.SCHEMES, "file"):
            return f"{self.scheme}:// is not a location of files"
        if ":" in self.conn_id:
            return "a spec must not contain a password"
        if ".." in PurePosixPath(self.path).parts or "\0" in self.path:
            return f"{self.path} goes up with `..`"
        if self.is_web:
            return web_address.address_problem(self.scheme, self.conn_id, self.path)
        return self._problem_of_place()

    def problem_of_table(self) -> str:
        """Why it is not allowed as the folder of a lake's table, in a few words; empty if it is.
        The libraries of these tables read it as an address: `%2e%2e` leads up, so does `..` with a
        line break in it, and `#` ends it.

        >>> Location.parse("s3://lake@shop/a/%2e%2e/b").problem_of_table()
        "a lake's table has no '%' in its location"
        """
        if problem := self.problem():
            return problem
        if found := _OF_ADDRESSES.search(self.path):
            return f"a lake's table has no {found[0]!r} in its location"
        if any(part != part.strip() for part in self.path.split("/")):
            return "a lake's table has no name that begins or ends with a space in its location"
        return ""

    def _problem_of_place(self) -> str:
        if self.scheme == "file":
            whole = not self.conn_id and self.path.startswith("/")
            return "" if whole else f"{self.path} is not a whole path on this machine"
        if not self.conn_id:
            return f"no connection is named: {self.scheme}://CONN_ID@…"
        return "" if self.path.strip("/") else "no file is named"
