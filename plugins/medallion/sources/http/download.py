"""One file of a web server: redirects are followed where they may lead, what passes is tried again,
and no secret is in a message."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base.found_files import NoFiles
from medallion.sources.base.redaction import redact
from medallion.sources.base.web_address import server_of_url
from medallion.sources.formats.compressions import CHUNK_BYTES
from medallion.sources.http.api import NO_CONTENT, Patience, Verdict, usual_verdict
from medallion.sources.http.client import is_loopback
from medallion.sources.http.waits import Waits, read_moment, retry_after

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 20 * 1024**3
"""Of a file as it is sent: a server that never ends does not fill the disk."""
_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_CLOSED, _GONE = (401, 403), (404, 410)
_SETTLED = timedelta(minutes=2)
PATIENCE = Patience()


class _Passing(Exception):
    """This attempt failed in a way that another may not; `wait` is what the server asked for."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFileRequest:
    """A file to ask for.

    Attributes:
        name: what messages call it.
        url: its address.
        headers: that only its own server gets: credentials.
        secrets: values that no message may hold.
        packed: whether the server may send it packed as gzip.
        refusal: why another server may not be asked, and what can be done; None where it may.
        log: of the run.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    packed: bool = True
    refusal: Callable[[str], tuple[str, str] | None] = field(repr=False)
    log: logging.Logger = field(repr=False)

    def ask_version(self) -> str:
        """What the server says of the file's version, without its content: the same text is the
        same file. Empty where it says nothing that holds.

        Raises:
            NoFiles: there is no such file.
            SourceRefused: it is on a server that may not be asked.
        """
        import httpx

        try:
            with self._answer("HEAD") as response:
                if response.status_code in _GONE:
                    raise self._refuse_missing(response.status_code)
                return version_of(response.headers) if response.status_code == 200 else ""
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return ""  # many servers answer no HEAD: the GET says what is wrong

    def fetch(self, target: Path) -> str:
        """Write the file's bytes as they are sent; returns how they are packed on the way (the
        header Content-Encoding), empty: they are not.

        Raises:
            NoFiles, SourceRefused: the server has no such file, or does not give it.
            SourceUnavailable: it still failed after several tries.
        """
        waits = Waits(PATIENCE)
        while True:
            try:
                return self._fetch_once(target)
            except _Passing as passing:
                wait = waits.next(passing.wait)
                if wait is None:
                    raise SourceUnavailable(
                        f"{self.name}: {passing.problem} (tried {waits.attempts} times)",
                        remedy="is the server up, and is the address right?",
                    ) from None
                self.log.warning("%s: %s; again in %.1f s", self.name, passing.problem, wait)
                PATIENCE.sleep(wait)

    def _fetch_once(self, target: Path) -> str:
        import httpx

        try:
            with self._answer("GET") as response:
                self._judge(response)
                return self._save(response, target)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            problem = redact(f"{type(error).__name__}: {error}", self.secrets)
            hopeless = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
            # httpx reads the Location of a redirect that it is not to follow, too.
            misled = isinstance(error, httpx.RemoteProtocolError) and "location" in str(error)
            is_passing = isinstance(error, httpx.TransportError) and not misled
            if is_passing and not isinstance(error, hopeless):
                raise _Passing(problem) from None
            raise SourceRefused(f"{self.name}: {problem}", remedy="is the address right?") from None

    @contextmanager
    def _answer(self, method: str) -> Iterator[httpx.Response]:
        """The answer behind all redirects, whose body is still to be read."""
        import httpx

        for name in ("httpx", "httpcore"):  # they log each URL with its query
            logging.getLogger(name).setLevel(logging.WARNING)
        url = httpx.URL(self.url)
        with httpx.Client(
            timeout=PATIENCE.timeout,
            follow_redirects=False,
            trust_env=not is_loopback(self.url),  # a proxy cannot reach this machine's own
        ) as client:
            for _ in range(_MOST_REDIRECTS + 1):
                with client.stream(method, url, headers=self._headers(url)) as response:
                    if response.status_code not in _REDIRECTS:
                        yield response
                        return
                    url = self._follow(url, response.headers.get("location", ""))
        raise SourceRefused(
            f"{self.name} is redirected more than {_MOST_REDIRECTS} times",
            remedy="name the address where the file is",
        )

    def _headers(self, url: httpx.URL) -> dict[str, str]:
        own = self.headers if server_of_url(str(url)) == server_of_url(self.url) else {}
        packed = "gzip" if self.packed else "identity"
        return {"Accept": "*/*", "Accept-Encoding": packed, "User-Agent": "Medallion", **own}

    def _follow(self, url: httpx.URL, location: str) -> httpx.URL:
        """Where a redirect leads, which may be signed: messages name its server only."""
        to = url.join(location)
        server = server_of_url(str(to))
        if not location or not server:
            raise SourceRefused(
                f"{self.name} is redirected to what is not an address",
                remedy="name the address where the file is",
            )
        refusal = None if server == server_of_url(self.url) else self.refusal(server)
        if refusal:
            raise SourceRefused(
                f"{self.name} is redirected to {server}, and {refusal[0]}", remedy=refusal[1]
            )
        return to

    def _judge(self, response: httpx.Response) -> None:
        """Raises NoFiles, SourceRefused or _Passing: the answer is not the file."""
        status = response.status_code
        verdict = usual_verdict(status)
        if status in _GONE:
            raise self._refuse_missing(status)
        if status in _CLOSED:
            raise SourceRefused(
                f"{self.name}: the server answers {status}, and wants to know who asks",
                remedy="put the login (or a token as the password) into an Airflow connection of "
                "type HTTP, and write https://CONN_ID@/path; or fix that connection",
            )
        if verdict in (Verdict.RETRY, Verdict.RATE_LIMITED):
            raise _Passing(f"the server answers {status}", retry_after(response.headers))
        if verdict is not Verdict.READ or status != 200:
            empty = " (it has nothing to send)" if status == NO_CONTENT else ""
            raise SourceRefused(
                f"{self.name}: the server answers {status}{empty} instead of the file",
                remedy="open the address in a browser: is it that of the file itself?",
            )

    def _refuse_missing(self, status: int) -> NoFiles:
        return NoFiles(
            f"there is no file {self.name} (the server answers {status})",
            remedy="open the address in a browser: has the file moved?",
        )

    def _save(self, response: httpx.Response, target: Path) -> str:
        headers, size = response.headers, 0
        self._hold_size(int(headers.get("content-length") or 0))
        with target.open("wb") as file:
            for chunk in response.iter_raw(CHUNK_BYTES):
                size += len(chunk)
                self._hold_size(size)
                file.write(chunk)
        if "content-length" not in headers and "transfer-encoding" not in headers:
            self.log.warning(
                "%s: the server does not say how long the file is: a connection that was cut would "
                "not show", self.name,
            )  # fmt: skip
        packed = headers.get("content-encoding", "").strip().lower()
        return "" if packed == "identity" else packed

    def _hold_size(self, size: int) -> None:
        if size > MOST_BYTES:
            raise SourceRefused(
                f"{self.name} has more than {MOST_BYTES // 1024**3} GiB",
                remedy="have it delivered in several files",
            )


def version_of(headers: Mapping[str, str]) -> str:
    """A file's version by the headers of an answer: its ETag, or when it was changed, unless that
    was in the last two minutes: then a later change may not show.

    >>> version_of({"etag": 'W/"5e-62a-gzip"'}), version_of({"content-length": "7"})
    ('5e-62a', '')
    """
    etag = headers.get("etag", "").strip().removeprefix("W/").strip('"')
    if etag:
        return etag.removesuffix("-gzip")
    changed = read_moment(headers.get("last-modified", ""))
    now = read_moment(headers.get("date", "")) or datetime.now(UTC)
    if changed is None or now - changed < _SETTLED:
        return ""
    return f"{headers.get('content-length', '')}-{changed.isoformat()}"
