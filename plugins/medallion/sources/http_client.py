"""A JSON API over HTTP: paced, retried where that can help, and never telling its secrets."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.redaction import redact

if TYPE_CHECKING:
    import httpx

TOO_MANY_REQUESTS = 429
LONGEST_EXPLANATION = 500
RETRIED_STATUSES = frozenset({408, 425, 500, 502, 503, 504, 522, 524})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a client keeps trying. Times in seconds."""

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 60.0
    """A server that asks for more is left to the task's own retry."""
    waits_in_all: float = 300.0
    """For all requests of one extraction together."""
    timeout: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response's body, as it came and as JSON."""

    body: bytes = field(repr=False)
    document: Any = field(repr=False)


class _Again(Exception):
    """This attempt failed in a way that another may not; `wait` is what the server asked for."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """How one API is spoken to. Credentials are in `headers` or `params`, and out of its repr."""

    base_url: str
    """With the path that every request shares."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that no message may hold."""
    requests_per_second: float
    explain: Callable[[Any], str]
    """What an error's JSON body says, for the message."""


class JsonClient:
    """GET requests to one API. Use it as a context manager; not for several threads."""

    def __init__(self, api: Api, log: logging.Logger, patience: Patience | None = None) -> None:
        import httpx

        # httpx logs each URL, with its query, at INFO.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._patience = patience or Patience()
        self._client: httpx.Client = httpx.Client(
            headers={"Accept": "application/json", **api.headers},
            params=dict(api.params),
            timeout=self._patience.timeout,
            follow_redirects=False,
            trust_env=not is_loopback(api.base_url),  # a proxy cannot reach this machine's own
        )
        self._base_url = api.base_url.rstrip("/")
        self._secrets = api.secrets
        self._pace = 1 / api.requests_per_second
        self._explain = api.explain
        self._log = log
        self._next_at = 0.0
        self._waited = 0.0
        self.requests = 0

    def __enter__(self) -> JsonClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """The JSON answer to a request.

        Raises:
            SourceUnavailable: it still failed after several tries.
            SourceRefused: the API says no (4xx), or its answer is not JSON.
        """
        for attempt in range(1, self._patience.attempts + 1):
            try:
                return self._once(path, params)
            except _Again as again:
                wait = self._wait(again, attempt)
                if wait is None:
                    raise SourceUnavailable(
                        f"{self._name(path)}: {again.problem} (tried {attempt} times)",
                        remedy="the task is tried again later; is the API up, "
                        "and is it asked by too many at once?",
                    ) from None
                self._log.warning("%s: %s; again in %.1f s", self._name(path), again.problem, wait)
                time.sleep(wait)
        raise AssertionError("the last attempt either returns or raises")

    def _wait(self, again: _Again, attempt: int) -> float | None:
        """Seconds until the next attempt, None when there is to be none.

        The jitter keeps clients that failed together from asking together.
        """
        patience = self._patience
        if attempt >= patience.attempts:
            return None
        if again.wait is not None:
            wait = again.wait + random.uniform(0, 0.5)  # noqa: S311  # jitter
        else:
            wait = patience.first_wait * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
        if wait > patience.longest_wait or self._waited + wait > patience.waits_in_all:
            return None
        self._waited += wait
        return wait

    def _once(self, path: str, params: Mapping[str, str]) -> Answer:
        import httpx

        self._keep_pace()
        self.requests += 1
        try:
            response = self._client.get(f"{self._base_url}/{path}", params=dict(params))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # They hold the URL, with the key in its query: none of them goes further.
            problem = redact(f"{type(error).__name__}: {error}", self._secrets)
            hopeless = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
            passing = (httpx.TransportError, httpx.DecodingError)
            if isinstance(error, passing) and not isinstance(error, hopeless):
                raise _Again(problem) from None
            raise SourceRefused(
                f"{self._name(path)}: {problem}",
                remedy="are the connection's host, schema, port and password right?",
            ) from None
        return self._read(path, response)

    def _read(self, path: str, response: httpx.Response) -> Answer:
        status = response.status_code
        if status == TOO_MANY_REQUESTS:
            raise _Again("the server answers 429, too many requests", _retry_after(response))
        if status in RETRIED_STATUSES or status >= 500:
            raise _Again(f"the server answers {status}", _retry_after(response))
        try:
            # Decoded here: json would also take UTF-16 and a mark, which no reader of parts does.
            document = json.loads(response.content.decode("utf-8"))
        except ValueError:
            kind = response.headers.get("content-type", "no content type")
            start = redact(response.text[:80], self._secrets)
            raise SourceRefused(
                f"{self._name(path)}: {status} with {kind} instead of JSON: {start!r}",
                remedy="is the connection's host the API itself, not a web page or a proxy?",
            ) from None
        if status >= 300:
            said = redact(self._explain(document)[:LONGEST_EXPLANATION], self._secrets)
            raise SourceRefused(f"{self._name(path)}: {status}: {said}", remedy=_remedy(status))
        return Answer(body=response.content, document=document)

    def _keep_pace(self) -> None:
        now = time.monotonic()
        if now < self._next_at:
            time.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + self._pace

    def _name(self, path: str) -> str:
        return redact(f"{self._base_url}/{path}", self._secrets)


def is_loopback(base_url: str) -> bool:
    """Whether a URL names this machine itself.

    >>> is_loopback("http://127.0.0.1:8000/3"), is_loopback("https://api.themoviedb.org/3")
    (True, False)
    """
    return urlsplit(base_url).hostname in ("localhost", "127.0.0.1", "::1")


def _retry_after(response: httpx.Response) -> float | None:
    """Retry-After in seconds from now, from either of its forms; None where it is neither."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _remedy(status: int) -> str:
    return {
        401: "the connection's credentials are refused: mend its password",
        403: "the connection's credentials may not read this",
        404: "is the endpoint in the spec, and the host in the connection, right?",
    }.get(status, "mend the source's parameters in the spec")
