"""Requests to one Superset by one login, and what its answers mean.

A change wants three things at once: a token, another one against forged requests, and the session
cookie that belongs to the second. Without one of them Superset answers 302 to its login page, and a
client that goes there sees 200 with HTML: no redirect is followed, and only JSON is an answer.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any

from medallion.bi.superset.server import SupersetServer
from medallion.errors import SupersetRefused, SupersetUnavailable

if TYPE_CHECKING:
    import httpx

LARGEST_ANSWER = 256 * 1024 * 1024
"""Bytes: an answer is held in memory whole."""
LONGEST_REASON = 600
CONNECT_TIMEOUT_SECONDS = 10.0
MASK = "***"
_DONE = (200, 201)
_LOGIN = (401, 302)
"""How Superset asks who one is: with a token that is not valid any more, or with none."""
_NOT_READY = (429, 502, 503, 504)
_SEE_LOG = "Superset's own log has the reason (local stack: .medallion/logs/superset.log)"
_LOCAL = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:|/|$)")


class SupersetSession:
    """A context manager; logs in with its first request, and again when that is asked for. Not safe
    for several threads.

    Args:
        server: where, and as whom.
        timeout_seconds: for one answer. An import of 65 files takes 7 s.
    """

    def __init__(self, server: SupersetServer, *, timeout_seconds: float = 300.0) -> None:
        import httpx

        # httpx logs each URL at INFO.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._server = server
        self._secrets = {server.password}
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_seconds, connect=CONNECT_TIMEOUT_SECONDS),
            follow_redirects=False,
            # A proxy cannot reach this machine's own.
            trust_env=not _LOCAL.match(server.url),
            headers={"Accept": "application/json", "Referer": f"{server.url}/"},
        )
        self._is_logged_in = False

    def __enter__(self) -> SupersetSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    @property
    def url(self) -> str:
        """Superset's address, without a slash at its end."""
        return self._server.url

    def ask(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
    ) -> Mapping[str, Any]:
        """The JSON answer to a request; an empty one where Superset answers without a body.

        Args:
            method: of HTTP.
            path: below `/api/v1/`: `dataset/7`.
            doing: what is tried with which object, for errors: `deleting chart brands (3)`.
            query: what Superset calls `q`.
            body: sent as JSON.

        Raises:
            SupersetUnavailable: Superset does not answer, or says that it cannot now.
            SupersetRefused: any other answer than 200 or 201 with JSON.
        """
        params = {"q": json.dumps(query)} if query is not None else None
        content = self._send(method, path, doing, params=params, json=body)
        return self._json(content, doing)

    def download(self, path: str, doing: str) -> bytes:
        """The bytes of a file; raises what `ask` raises."""
        response = self._answer("GET", path, doing)
        if "json" in response.headers.get("content-type", ""):
            raise SupersetRefused(f"Superset, {doing}: JSON where a file was asked for")
        return response.content

    def upload(
        self, path: str, doing: str, *, file: tuple[str, bytes], fields: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """The JSON answer to a form with one file.

        Args:
            path: below `/api/v1/`.
            doing: as of `ask`.
            file: the name of its field, and its bytes.
            fields: the form's others. What they hold may be secret.

        Raises what `ask` raises.
        """
        name, content = file
        sent = self._send("POST", path, doing, data=fields, files={name: ("bundle.zip", content)})
        return self._json(sent, doing)

    def keep_secret(self, *values: str) -> None:
        """Never to show these in a message."""
        self._secrets.update(value for value in values if value)

    def _send(self, method: str, path: str, doing: str, **arguments: Any) -> bytes:
        response = self._answer(method, path, doing, **arguments)
        if "json" not in response.headers.get("content-type", ""):
            raise SupersetRefused(
                f"Superset, {doing}: the answer is not JSON",
                remedy=f"is {self.url} a Superset, and its address whole?",
                status=response.status_code,
            )
        return response.content

    def _answer(self, method: str, path: str, doing: str, **arguments: Any) -> httpx.Response:
        if not self._is_logged_in:
            self._log_in()
        response = self._once(method, path, doing, **arguments)
        if response.status_code in _LOGIN:
            self._log_in()  # a token lasts some minutes
            response = self._once(method, path, doing, **arguments)
        if response.status_code not in _DONE:
            raise self._error(response, doing)
        return response

    def _once(self, method: str, path: str, doing: str, **arguments: Any) -> httpx.Response:
        import httpx

        try:
            with self._client.stream(method, f"{self.url}/api/v1/{path}", **arguments) as response:
                received = bytearray()
                for chunk in response.iter_bytes():
                    received += chunk
                    if len(received) > LARGEST_ANSWER:
                        raise SupersetRefused(
                            f"Superset, {doing}: the answer is larger than "
                            f"{LARGEST_ANSWER // 1024**2} MiB"
                        )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SupersetUnavailable(
                f"Superset, {doing}: {self._without_secrets(f'{type(error).__name__}: {error}')}",
                remedy=f"does Superset run at {self.url}?",
            ) from None
        return httpx.Response(
            response.status_code,
            headers=[("content-type", response.headers.get("content-type", ""))],
            content=bytes(received),
        )

    def _log_in(self) -> None:
        self._is_logged_in = False
        self._client.cookies.clear()
        for name in ("Authorization", "X-CSRFToken"):
            self._client.headers.pop(name, None)
        who = self._server.username
        credentials = {
            "username": who,
            "password": self._server.password,
            "provider": "db",
            "refresh": False,
        }
        doing = f"logging in as {who}"
        response = self._once("POST", "security/login", doing, json=credentials)
        if response.status_code in (400, 401, 403):
            raise SupersetRefused(
                f"Superset, {doing}: it does not accept the login",
                remedy="fix login and password of Superset's connection (`make bi` sets them on "
                "the local stack)",
                status=response.status_code,
            )
        token = self._field(response, doing, "access_token")
        self._client.headers["Authorization"] = f"Bearer {token}"
        response = self._once("GET", "security/csrf_token/", doing)
        self._client.headers["X-CSRFToken"] = self._field(response, doing, "result")
        self._is_logged_in = True

    def _field(self, response: httpx.Response, doing: str, name: str) -> str:
        """A secret that an answer holds."""
        if response.status_code not in _DONE:
            raise self._error(response, doing)
        value = str(self._json(response.content, doing).get(name) or "")
        if not value:
            raise SupersetRefused(
                f"Superset, {doing}: the answer has no {name}",
                remedy=f"is {self.url} a Superset, and its address whole?",
            )
        self.keep_secret(value)
        return value

    def _json(self, content: bytes, doing: str) -> Mapping[str, Any]:
        try:
            found = json.loads(content, parse_float=Decimal)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SupersetRefused(
                f"Superset, {doing}: the answer is not a JSON object",
                remedy=f"is {self.url} a Superset, and its address whole?",
            )
        return found

    def _error(self, response: httpx.Response, doing: str) -> SupersetRefused | SupersetUnavailable:
        status = response.status_code
        reason = self._without_secrets(_reason(response))
        problem = f"Superset, {doing}: {status}{f' ({reason})' if reason else ''}"
        if status in _NOT_READY:
            return SupersetUnavailable(problem, remedy="it is tried again: is Superset overloaded?")
        return SupersetRefused(problem, remedy=self._remedy(status), status=status)

    def _remedy(self, status: int) -> str:
        if status in (*_LOGIN, 403):
            return f"give the user {self._server.username} the role Admin"
        if status == 404:
            return "it is gone, or this is another Superset: run the sync again"
        return _SEE_LOG

    def _without_secrets(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def _reason(response: httpx.Response) -> str:
    """What Superset says in its `message` or its `errors`, on one line."""
    try:
        said = json.loads(response.content)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    parts = [said.get("message"), said.get("msg")]
    errors = said.get("errors")
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            extra = error.get("extra")
            shown = extra if isinstance(extra, dict) else {}
            parts += [error.get("message"), {k: v for k, v in shown.items() if k != "issue_codes"}]
    texts = (part if isinstance(part, str) else json.dumps(part) for part in parts if part)
    line = " ".join(re.sub(r"[\x00-\x1f\x7f]+", " ", "; ".join(texts)).split())
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}…"
