"""How a REST source says who asks, and that nothing it says or lands holds a secret."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from medallion.errors import MedallionError, SetupError, SourceRefused, SourceUnavailable
from medallion.sources.rest import oauth2
from medallion.sources.rest.source import RestSource

SECRET = "s3cr3t /+é&token"
CLIENT = {"login": "medallion", "password": "cl13nt-s3cr3t"}
OAUTH = {"type": "oauth2_client_credentials", "scope": "orders.read"}
Extract = Callable[..., Any]


def source(auth: Mapping[str, Any] | None, **keys: Any) -> RestSource:
    named = {"type": "rest", "conn_id": "shop", "path": "orders"}
    return RestSource.model_validate({**named, "auth": auth, **keys})


def basic(login: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("auth", "password", "header", "value"),
    [
        (None, "unused", "authorization", None),
        ({"type": "bearer"}, "tok3n", "authorization", "Bearer tok3n"),
        ({"type": "bearer"}, " Bearer tok3n\n", "authorization", "Bearer tok3n"),
        ({"type": "basic"}, SECRET, "authorization", basic("medallion", SECRET)),
        ({"type": "api_key", "name": "X-Key"}, "k3y", "x-key", "k3y"),
        (
            {"type": "api_key", "name": "Authorization", "prefix": "Token "},
            "k3y",
            "authorization",
            "Token k3y",
        ),
    ],
)
def test_the_header_that_says_who_asks(
    extract: Extract, api_server: Any, auth: Any, password: str, header: str, value: str | None
) -> None:
    extract(source(auth), connection=api_server.connection(login="medallion", password=password))
    (asked,) = api_server.asked
    assert asked.headers.get(header) == value
    assert asked.params == {}


@pytest.mark.parametrize("kind", ["page_number", "next_url"])
def test_a_key_in_the_query_is_on_every_page(extract: Extract, api_server: Any, kind: str) -> None:
    """Also where the API's own next URL has it, or hides it."""

    def answer(asked: Any) -> Any:
        at = len(api_server.asked)
        following = {1: "/orders?page=2", 2: "/orders?page=3&key=***"}.get(at)
        return {"data": [{"id": at}] if at < 4 else [], "next": following}

    api_server.answer = answer
    keys = {"url": "next"} if kind == "next_url" else {}
    extract(
        source(
            {"type": "api_key", "in": "query", "name": "key"},
            records="data",
            pagination={"type": kind, **keys},
        ),
        connection=api_server.connection(password=SECRET),
    )
    assert len(api_server.asked) >= 3
    assert {asked.params["key"] for asked in api_server.asked} == {SECRET}


@pytest.mark.parametrize(
    ("auth", "details", "said"),
    [
        ({"type": "bearer"}, {}, "has no password"),
        ({"type": "bearer"}, {"password": "two\nlines"}, "holds a line break"),
        ({"type": "basic"}, {}, "has no login and no password"),
        ({"type": "api_key", "name": "k"}, {"password": "  "}, "has no password"),
        (OAUTH, {"password": "x"}, "has no login"),
    ],
)
def test_a_connection_that_lacks_what_is_asked_for_is_reported(
    extract: Extract, api_server: Any, auth: Any, details: dict[str, str], said: str
) -> None:
    with pytest.raises(SourceRefused, match=f"the (password of the )?connection shop {said}"):
        extract(source(auth), connection=api_server.connection(**details))
    assert api_server.asked == []


@pytest.mark.parametrize("auth", [{"type": "bearer"}, {"type": "api_key", "name": "X-Key"}])
@pytest.mark.parametrize("password", ["clé-s3cr3te", "日本-s3cr3te", "a\ns3cr3te"])
def test_a_password_that_no_header_takes_is_refused_and_not_reported(
    extract: Extract, api_server: Any, auth: Any, password: str
) -> None:
    with pytest.raises(SourceRefused, match="character that no header takes") as refused:
        extract(source(auth), connection=api_server.connection(password=password))
    assert "s3cr3te" not in "".join(traceback.format_exception(refused.value))


def test_a_token_that_no_header_takes_is_refused_and_not_reported(
    extract: Extract, api_server: Any
) -> None:
    api_server.answer = lambda asked: {"access_token": "clé-s3cr3te"}
    with pytest.raises(SourceRefused) as refused:
        extract(source(OAUTH), connection=client(api_server))
    assert "s3cr3te" not in "".join(traceback.format_exception(refused.value))


class TokenServer:
    """Gives tokens that last; refuses requests with another one than the last that it gave. By its
    clock, each page takes a fifth of a second."""

    def __init__(self, api: Any, lasts: Any = 3600) -> None:
        self.api = api
        self.lasts = lasts
        self.clock = 1000.0
        self.given: list[tuple[str, float]] = []
        self.refused = 0

    def __call__(self, asked: Any) -> Any:
        if asked.path == "/oauth/token":
            self.given.append((f"t0ken-{len(self.given) + 1}", self.clock))
            token = {"access_token": self.given[-1][0], "token_type": "Bearer"}
            return token if self.lasts is None else token | {"expires_in": self.lasts}
        token, since = self.given[-1]
        fresh = self.lasts is None or self.clock - since < float(self.lasts)
        self.clock += 0.2
        if asked.headers.get("authorization") != f"Bearer {token}" or not fresh:
            self.refused += 1
            return self.api.Reply(status=401, body={"message": "token expired"})
        at = sum(other.path == "/orders" for other in self.api.asked) - self.refused
        return {"data": [{"id": at}] if at < 6 else []}


def client(api: Any, **extra: Any) -> Any:
    return api.connection(**CLIENT, extra={"token_url": "/oauth/token", **extra})


PAGES: dict[str, Any] = {"records": "data", "pagination": {"type": "page_number"}}


@pytest.mark.parametrize("client_auth", ["basic", "body"])
def test_client_credentials_are_exchanged_for_a_token(
    extract: Extract, api_server: Any, client_auth: str
) -> None:
    api_server.answer = tokens = TokenServer(api_server)
    auth = {**OAUTH, "client_auth": client_auth, "audience": "shop"}
    landed = extract(source(auth, **PAGES), connection=client(api_server))
    assert [record["id"] for record in landed.records()] == [1, 2, 3, 4, 5]
    assert (len(tokens.given), tokens.refused) == (1, 0)
    asked = api_server.asked[0]
    form = {"grant_type": "client_credentials", "scope": "orders.read", "audience": "shop"}
    header = basic(**CLIENT)
    if client_auth == "body":
        form |= {"client_id": CLIENT["login"], "client_secret": CLIENT["password"]}
    assert dict(asked.form) == form
    assert asked.headers.get("authorization") == (header if client_auth == "basic" else None)


@pytest.mark.parametrize("lasts", [0.6, "0.6"])
def test_a_token_is_replaced_before_it_expires(
    extract: Extract, api_server: Any, monkeypatch: pytest.MonkeyPatch, lasts: Any
) -> None:
    """By the server's clock: between two looks at the machine's own, any time may pass."""
    api_server.answer = tokens = TokenServer(api_server, lasts)
    monkeypatch.setattr(oauth2, "time", SimpleNamespace(monotonic=lambda: tokens.clock))
    assert len(extract(source(OAUTH, **PAGES), connection=client(api_server)).records()) == 5
    assert len(tokens.given) == 2
    assert tokens.refused == 0


def test_a_token_that_was_revoked_is_replaced_once(extract: Extract, api_server: Any) -> None:
    tokens = TokenServer(api_server, None)

    def answer(asked: Any) -> Any:
        if len(api_server.asked) == 4:
            tokens.given.append(("another", 0.0))
        return tokens(asked)

    api_server.answer = answer
    assert len(extract(source(OAUTH, **PAGES), connection=client(api_server)).records()) == 5
    assert tokens.refused == 1
    api_server.answer = lambda asked: (
        {"access_token": "never-right"}
        if asked.form
        else api_server.Reply(status=401, body={"message": "who are you?"})
    )
    before = len(api_server.asked)
    with pytest.raises(SourceRefused, match=r"401: who are you\?"):
        extract(source(OAUTH, **PAGES), connection=client(api_server))
    assert len(api_server.asked) - before == 4


@pytest.mark.parametrize(
    ("token_url", "error", "said"),
    [
        (None, SetupError, "token_url of the connection shop is missing"),
        ("file:///etc/passwd", SetupError, "is not a URL"),
        ("https://a@b/", SetupError, "is not a URL"),
        (7, SetupError, "is not a URL"),
        ("/none", SourceRefused, "/none: 400: unknown client"),
        ("/html", SourceRefused, "/html: 200 with .* instead of JSON"),
        ("/empty", SourceRefused, r"/empty: 200: no text `access_token`: the body is an object"),
        ("/off", SourceUnavailable, "/off: the server answers 503"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_token_that_is_not_to_be_had_is_reported(
    extract: Extract, api_server: Any, token_url: Any, error: type[MedallionError], said: str
) -> None:
    replies = {
        "/none": api_server.Reply(
            status=400,
            body={"error": "invalid_client", "error_description": "unknown client"},
        ),
        "/html": api_server.Reply(body=b"<html>"),
        "/empty": api_server.Reply(body={"token": "s3cr3t"}),
        "/off": api_server.Reply(status=503),
    }
    api_server.answer = lambda asked: replies[asked.path]
    connection = api_server.connection(
        **CLIENT, extra={} if token_url is None else {"token_url": token_url}
    )
    with pytest.raises(error, match=said) as failed:
        extract(source(OAUTH), connection=connection)
    reported = str(failed.value)
    assert CLIENT["password"] not in reported
    assert "s3cr3t" not in reported


@pytest.mark.parametrize("status", [200, 400, 401, 404, 503])
@pytest.mark.parametrize(
    "auth",
    [
        {"type": "bearer"},
        {"type": "basic"},
        {"type": "api_key", "name": "X-Key"},
        {"type": "api_key", "name": "key", "in": "query"},
        OAUTH,
    ],
    ids=lambda auth: auth["type"],
)
@pytest.mark.usefixtures("impatient")
def test_no_secret_is_reported_logged_or_landed(
    extract: Extract,
    api_server: Any,
    caplog: pytest.LogCaptureFixture,
    auth: dict[str, Any],
    status: int,
) -> None:
    """The server tells all that it was sent, in its errors and in its next URLs."""
    password = "0123456789abcdef"
    token = "t0k3n-of-this-run"
    encoded = base64.b64encode(f"medallion:{password}".encode()).decode()
    caplog.set_level(logging.DEBUG)

    def answer(asked: Any) -> Any:
        if asked.path == "/oauth/token":
            return {"access_token": token, "expires_in": 60}
        said = json.dumps([dict(asked.headers), dict(asked.params)])
        following = f"{api_server.url}/orders?echo={password}{token}&b={encoded}"
        if status == 200 and len(api_server.asked) > 3:
            return api_server.Reply(body=said.encode() + b"no json")
        return api_server.Reply(
            status=status,
            body={"message": said, "next": following, "data": [{"id": len(api_server.asked)}]},
        )

    api_server.answer = answer
    pages = source(auth, records="data", pagination={"type": "next_url", "url": "next"})
    connection = api_server.connection(
        login="medallion", password=password, extra={"token_url": "/oauth/token"}
    )
    with pytest.raises(MedallionError) as failed:
        extract(pages, connection=connection)
    reported = "".join(traceback.format_exception(failed.value)) + caplog.text + repr(failed.value)
    reported += repr(connection) + repr(pages.auth)
    held = {"oauth2_client_credentials": (encoded, token), "basic": (encoded,)}
    assert [
        secret for secret in (password, *held.get(auth["type"], ())) if secret in reported
    ] == []


def test_the_manifest_holds_no_secret(extract: Extract, api_server: Any) -> None:
    api_server.answer = lambda asked: [{"id": 1}]
    landed = extract(
        source({"type": "api_key", "name": "key", "in": "query"}, params={"state": "open"}),
        connection=api_server.connection(password=SECRET),
    )
    text = landed.manifest.to_json()
    assert SECRET not in (text if isinstance(text, str) else text.decode())
    assert landed.manifest.notes["params"] == {"state": "open"}
