"""A JSON API over HTTP: paced, retried if that can help, and without secrets in messages."""

from __future__ import annotations

import codecs
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode, urlsplit

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base.redaction import redact
from medallion.sources.formats.json_keys import json_object
from medallion.sources.http.api import Answer, Api, Call, Patience, Tokens, Verdict
from medallion.sources.http.waits import Waits, retry_after

if TYPE_CHECKING:
    import httpx

LONGEST_EXPLANATION = 500
LONGEST_SPOKEN_BODY = 200
LARGEST_BODY = 64 * 1024 * 1024
"""Bytes, unpacked: a body is held in memory whole, several times over."""
UNAUTHORIZED = 401
_IN_UTF_8 = (
    "JSON is exchanged in UTF-8 (RFC 8259, 8.1): report it to the API's owner, or ask for it in "
    "`headers`"
)


class _Again(Exception):
    """This attempt failed in a way that another may not; `wait` is what the server asked for."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.wait = wait


class NotWanted(Exception):
    """Nobody waits for the answer any more, or it is larger than it may be."""


@dataclass(frozen=True, slots=True)
class Received:
    """A response, and its body: whole, unpacked, and not looked at yet."""

    response: httpx.Response
    content: bytes = field(repr=False)


class JsonClient:
    """Requests to one API. A context manager. Several threads may use `send`, and one `ask`."""

    def __init__(self, api: Api, log: logging.Logger, patience: Patience | None = None) -> None:
        import httpx

        # httpx logs each URL, with its query, at INFO.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._patience = patience or Patience()
        headers = httpx.Headers({"Accept": "application/json"})
        headers.update(dict(api.headers))
        self._client: httpx.Client = httpx.Client(
            headers=headers,
            timeout=self._patience.timeout,
            follow_redirects=False,
            trust_env=not is_loopback(api.base_url),  # a proxy cannot reach this machine's own
        )
        self._api = api
        self._base_url = api.base_url.rstrip("/")
        self._base: httpx.URL | None = (
            None  # read with the first request, which tells what is wrong
        )
        self._log = log
        self._begun = False
        self._turn = Lock()
        """Held while a request waits for its slot and is given a token."""
        self.requests = 0

    @property
    def at_once(self) -> int:
        """So many requests may be under way at the same time."""
        return self._api.at_once

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
        """The JSON answer to a GET below the base URL; raises what `ask` raises."""
        return self.ask(self.call(path, params))

    def call(self, path: str, params: Mapping[str, str]) -> Call:
        """The request of a GET below the base URL."""
        return Call(url=f"{self._base_url}/{path}", params=params)

    def ask(self, call: Call, receive: Callable[[], Received] | None = None) -> Answer:
        """The JSON answer to a request.

        Args:
            receive: the first attempt, where it has been made already: what `send` gives or raises.

        Raises:
            SourceUnavailable: it still failed after several tries.
            SourceRefused: the API refuses (4xx), the answer is not JSON, or the URL is not the
                API's, so that credentials must not be sent there.
        """
        waits = Waits(self._patience, self._begun)
        while True:
            try:
                received = receive() if receive else self.send(call)
                answer = self._read(call, received.response, received.content)
                self._begun = True
                return answer
            except _Again as again:
                receive = None
                wait = waits.next(again.wait)
                if wait is None:
                    raise self._give_up(call, again, waits) from None
                self._log.warning(
                    "%s; again in %.1f s: %s", again.problem, wait, self.describe(call)
                )
                self._patience.sleep(wait)

    def _give_up(self, call: Call, again: _Again, waits: Waits) -> SourceUnavailable:
        asked = again.wait if again.wait and again.wait > self._patience.longest_wait else None
        pause = f" and asks for a pause of {asked:.0f} s" if asked else ""
        tried = "once" if waits.attempts == 1 else f"{waits.attempts} times"
        return SourceUnavailable(
            f"{self.describe(call)}: {again.problem}{pause} (tried {tried})",
            remedy="is the API up, and is it asked by too many at once?",
        )

    def send(self, call: Call, is_wanted: Callable[[int], bool] | None = None) -> Received:
        """One attempt of a request, as `ask` makes it; what it raises is for `ask` to act on.

        Args:
            is_wanted: whether an answer of so many bytes, or more, is waited for.

        Raises:
            NotWanted: it is not.
        """
        import httpx

        try:
            received, sent = self._send(call, is_wanted)
            # Once: a token that is refused again right after it was renewed is a wrong password.
            if received.response.status_code == UNAUTHORIZED and self._renew(sent):
                received, _ = self._send(call, is_wanted)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # They hold the URL, with the key in its query: none of them goes further.
            problem = self._redact(f"{type(error).__name__}: {error}")
            hopeless = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
            passing = (httpx.TransportError, httpx.DecodingError)
            if isinstance(error, passing) and not isinstance(error, hopeless):
                raise _Again(problem) from None
            raise SourceRefused(
                f"{self.describe(call)}: {problem}",
                remedy="are the connection's host, schema, port and password right?",
            ) from None
        return received

    def _renew(self, refused: Mapping[str, str]) -> bool:
        """Whether there may be another token than the one that was refused."""
        tokens = self._api.tokens
        if tokens is None:
            return False
        with self._turn:
            # Another thread's request may have been refused for it, too, and have got a new one.
            return refused != _headers(tokens) or tokens.renew()

    def _send(
        self, call: Call, is_wanted: Callable[[int], bool] | None
    ) -> tuple[Received, Mapping[str, str]]:
        """The response, and the headers of this request alone."""
        url = self._url(call)
        with self._turn:
            if is_wanted and not is_wanted(0):
                raise NotWanted
            # Before each request, a retry too: the API counts those as well.
            self._api.throttle.wait()
            headers = _headers(self._api.tokens)
            self.requests += 1
        method = "GET" if call.form is None and call.body is None else "POST"
        with self._client.stream(
            method, url, headers=headers, data=call.form, json=call.body
        ) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if is_wanted and not is_wanted(len(content)):
                    raise NotWanted
                if len(content) > LARGEST_BODY:
                    raise SourceRefused(
                        f"{self.describe(call)}: the answer is larger than "
                        f"{LARGEST_BODY // 1024**2} MiB",
                        remedy="ask for fewer records at once: a page size, or a filter",
                    )
        return Received(response, bytes(content)), headers

    def _url(self, call: Call) -> httpx.URL:
        """The whole URL, which must be the API's own: a secret is about to be sent to it."""
        import httpx

        base = self._base = self._base or httpx.URL(self._base_url)
        url = httpx.URL(call.url)
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port) or url.userinfo:
            raise SourceRefused(
                f"{self.describe(call)} is not on {base.scheme}://{base.netloc.decode('ascii')}, "
                "which the connection names: its credentials go to no other place",
                remedy="the API names such a URL as its next page: give the connection the host "
                "(with its port, and http or https) that the API gives itself",
            )
        params = {**self._api.params, **call.params}
        return url.copy_merge_params(params) if params else url

    def _read(self, call: Call, response: httpx.Response, content: bytes) -> Answer:
        status = response.status_code
        name = f"{self.describe(call)}: {status}"
        verdict = self._api.verdict(status)
        if verdict is Verdict.IGNORE:
            return Answer(body=b"", document=None, name=name, ignored=True)
        if verdict is Verdict.RATE_LIMITED:
            raise _Again(
                f"the server answers {status}, too many requests", retry_after(response.headers)
            )
        if verdict is Verdict.RETRY:
            raise _Again(f"the server answers {status}", retry_after(response.headers))
        # A mark may be passed over (RFC 8259, 8.1); no reader of parts expects one.
        content = content.removeprefix(codecs.BOM_UTF8)
        document = self._document(name, response, content)
        if verdict is Verdict.FAIL:
            said = self._redact(self._api.explain(document))[:LONGEST_EXPLANATION]
            raise SourceRefused(f"{name}: {said}", remedy=_remedy(status))
        links = tuple(response.headers.get_list("link"))
        return Answer(body=content, document=document, name=name, links=links)

    def _document(self, name: str, response: httpx.Response, content: bytes) -> Any:
        """A body as JSON. Decoded here: json also takes UTF-16, which no reader of parts does."""
        encoding = json.detect_encoding(content)
        try:
            return json.loads(content.decode("utf-8"), object_pairs_hook=json_object)
        except (ValueError, RecursionError) as error:
            kind = response.headers.get("content-type", "no content type")
            if content and encoding != "utf-8":
                what, remedy = f"JSON in {encoding.upper()}", _IN_UTF_8
            elif isinstance(error, UnicodeDecodeError):
                what, remedy = f"bytes that are not UTF-8, at byte {error.start}", _IN_UTF_8
            else:
                start = self._redact(content[:1000].decode("utf-8", "replace"))[:80]
                what = f"{start!r}"
                remedy = "is the connection's host the API itself, not a web page or a proxy?"
            raise SourceRefused(
                f"{name} with {kind} instead of JSON: {what}", remedy=remedy
            ) from None

    def describe(self, call: Call) -> str:
        """A request for messages: its URL and the start of its body, without secrets."""
        query = f"?{urlencode(call.params)}" if call.params else ""
        body = f" {call.json[:LONGEST_SPOKEN_BODY]}" if call.body is not None else ""
        return self._redact(f"{call.url}{query}{body}")

    def is_secret(self, call: Call) -> bool:
        """Whether a request's URL or parameters hold a secret, as an API's `next` link may. It must
        not be written down."""
        texts = (call.url, unquote(call.url), *call.params.values(), call.json)
        return any(self._redact(text) != text for text in texts)

    def _redact(self, text: str) -> str:
        tokens = self._api.tokens
        return redact(text, (*self._api.secrets, *(tokens.secrets if tokens else ())))


def _headers(tokens: Tokens | None) -> dict[str, str]:
    return {"Authorization": tokens.authorization()} if tokens else {}


def is_loopback(base_url: str) -> bool:
    """Whether a URL names this machine itself.

    >>> is_loopback("http://127.0.0.1:8000/3"), is_loopback("https://api.themoviedb.org/3")
    (True, False)
    """
    return urlsplit(base_url).hostname in ("localhost", "127.0.0.1", "::1")


def _remedy(status: int) -> str:
    return {
        401: "the connection's credentials are refused: fix its password",
        403: "the connection's credentials may not read this",
        404: "is the endpoint in the spec, and the host in the connection, right?",
    }.get(status, "fix the source's parameters in the spec")
