"""Where a sync goes: a Superset, and the warehouse as Superset asks it, from two connections."""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from medallion.bi.assets.inputs import Warehouse
from medallion.bi.superset.server import SupersetServer
from medallion.errors import SetupError
from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.session.connection import for_reading
from medallion.warehouse.session.hosts import read_hosts

PROJECT = "medallion"
DATABASE = "Medallion warehouse"
_SSH = re.compile(r"^(?:ssh://)?(?:[^@/]+@)?(?P<host>[^:/]+)(?::\d+)?[:/](?P<path>.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A Superset, and what it is to know of the warehouse."""

    server: SupersetServer
    warehouse: Warehouse
    password: str = field(repr=False)
    """Of the role that Superset reads the warehouse as."""
    specs_url: str = ""
    """What a spec's path is put behind to make a link to it."""

    def link(self, path: str) -> str:
        """The address of a spec; its path alone where nobody knows the repository's."""
        return f"{self.specs_url}/{quote(path)}" if self.specs_url else path


def target_of(superset: ConnectionDetails, reader: ConnectionDetails, root: Path) -> Target:
    """From the two connections. Extras of the first: `project` (part of each UUID: two projects on
    one Superset need two), `database_name`, `specs_url` (`https://gitlab.example/data/blob/main`).

    Args:
        superset: of type http.
        reader: of type postgres.
        root: the project's folder, whose git remote is the default of `specs_url`.

    Raises:
        SetupError: a connection lacks something.
    """
    extra = {key: str(value) for key, value in superset.extra.items() if value}
    specs_url = (extra.get("specs_url") or remote_of(root)).rstrip("/")
    return Target(
        server=SupersetServer.of_connection(
            host=superset.host,
            schema=superset.schema,
            port=superset.port,
            login=superset.login,
            password=superset.password,
        ),
        warehouse=Warehouse(
            project=extra.get("project", PROJECT),
            database=extra.get("database_name", DATABASE),
            sqlalchemy_uri=_uri(reader),
            url=specs_url,
        ),
        password=reader.password,
        specs_url=specs_url,
    )


def remote_of(root: Path) -> str:
    """The web address of the files of a checkout, from its git remote; empty where there is none.
    No login that the remote has is part of it."""
    config = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        config.read_string((root / ".git" / "config").read_text(encoding="utf-8"))
        remote = config['remote "origin"']["url"].strip()
    except (OSError, KeyError, UnicodeDecodeError, configparser.Error):
        return ""
    return files_url(remote)


def files_url(remote: str) -> str:
    """
    >>> files_url("git@github.com:team/data.git"), files_url("https://me:secret@git.example/data")
    ('https://github.com/team/data/blob/HEAD', 'https://git.example/data/blob/HEAD')
    >>> files_url("/srv/git/data")
    ''
    """
    if remote.startswith(("http://", "https://")):
        parts = urlsplit(remote)
        port = f":{parts.port}" if parts.port else ""
        host, path = f"{parts.scheme}://{parts.hostname}{port}", parts.path
    elif found := _SSH.match(remote):
        host, path = f"https://{found['host']}", found["path"]
    else:
        return ""
    return f"{host}/{path.strip('/').removesuffix('.git')}/blob/HEAD"


def _uri(reader: ConnectionDetails) -> str:
    if reader.conn_type not in ("postgres", "postgresql") or not reader.host or not reader.login:
        raise SetupError(
            f"the connection {reader.conn_id} is not one of PostgreSQL with a host and a login",
            remedy="it is what Superset reads the warehouse by: type postgres, a role that only "
            "reads (docs/bi.md)",
        )
    hosts = read_hosts(reader.host, reader.port)
    user, database = quote(reader.login, safe=""), quote(reader.schema, safe="")
    given = {key: str(reader.extra[key]) for key in _OF_LIBPQ if reader.extra.get(key)}
    query = for_reading(given)
    if len(hosts) > 1:  # SQLAlchemy's URLs have one: libpq is handed the list as it is
        query["host"] = ",".join(one.name for one in hosts)
        if any(one.port for one in hosts):
            query["port"] = ",".join(one.port for one in hosts)
        hosts = ()
    more = f"?{urlencode(query, quote_via=quote)}" if query else ""
    place = hosts[0].in_url() if hosts else ""
    return f"postgresql+psycopg2://{user}@{place}/{database}{more}"


_OF_LIBPQ = ("sslmode", "target_session_attrs")
