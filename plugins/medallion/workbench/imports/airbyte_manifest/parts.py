"""Airbyte's words for paging and credentials of an API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from medallion.workbench.imports.airbyte_manifest.references import References
from medallion.workbench.imports.airbyte_manifest.templates import path_in
from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.base.rest_parts import NOT_IN_A_SPEC, without_empty
from medallion.workbench.imports.base.sketch import PLACEHOLDER

ONE_PAGE = f"{PLACEHOLDER}: the input's way of paging has no counterpart: this reads one page"
_PAGING = "one of docs/sources-rest.md#pages-pagination"
_LOGIN = "the connection's login and password"
Guess = Callable[[str], None]


def pagination_of(retriever: Node, references: References, guess: Guess) -> dict[str, Any]:
    """`pagination` of a source; empty: one page."""
    said = references.node(retriever, "paginator")
    if "paginator" not in retriever or said.text("type") == "NoPagination":
        return {}
    said.drop_value("type")
    said.drop("url_base", "decoder")
    strategy = references.node(said, "pagination_strategy")
    token = _option(references.node(said, "page_token_option"))
    size = _option(references.node(said, "page_size_option"))
    kind = strategy.text("type")
    strategy.drop("decoder", "inject_on_first_request")
    if kind not in _STRATEGIES or None in (token, size):
        said.leave_all("Medallion has no such way of paging", _PAGING)
        guess(ONE_PAGE)
        return {}
    if kind == "CursorPagination" and size:
        said.leave("page_size_option", "a page has as many records as the API sends by itself",
                   "`params: {limit: 100}`, by its name")  # fmt: skip
    made = _STRATEGIES[kind](strategy, token or {}, size or {})
    if made is None:
        said.leave_all("how its pages lead on is computed", _PAGING)
        guess(ONE_PAGE)
        return {}
    return without_empty(made)


def _option(said: Node) -> dict[str, Any] | None:
    """Where a value is sent: `{}` nowhere, with `name` and `in`, or with `path`; None: unknown."""
    kind, name = said.text("type"), said.text("field_name")
    path = said.texts("field_path")
    into = said.text("inject_into") or "request_parameter"
    if kind == "RequestPath":
        return {"path": True}
    said.drop_value("type")
    if not kind and not name:
        return {}
    if into == "body_json":
        return {"in": "body", "name": ".".join(path) or name}
    return {"name": name} if into == "request_parameter" else None


def _page_increment(said: Node, token: dict[str, Any], size: dict[str, Any]) -> dict[str, Any]:
    start, number = said.take("start_from_page"), said.take("page_size")
    return {
        "type": "page_number",
        "in": token.get("in"),
        "param": token.get("name") or "page",
        "start": start if isinstance(start, int) else 0,
        **_size(size, number, "size_param", "size"),
    }


def _offset_increment(said: Node, token: dict[str, Any], size: dict[str, Any]) -> dict[str, Any]:
    number = said.take("page_size")
    return {
        "type": "offset",
        "in": token.get("in"),
        "offset_param": token.get("name") or "offset",
        **_size(size, number, "limit_param", "limit"),
    }


def _size(size: dict[str, Any], number: Any, param: str, key: str) -> dict[str, Any]:
    if not size.get("name") or not isinstance(number, int):
        return {}
    return {param: size["name"], key: number}


def _cursor(said: Node, token: dict[str, Any], size: dict[str, Any]) -> dict[str, Any] | None:
    where, path = path_in(said.text("cursor_value"))
    if where == "headers" and path.split(".")[:2] == ["link", "next"]:
        said.drop("stop_condition", "page_size")
        return {"type": "link_header"}
    if where not in ("response", "last_record"):
        return None
    said.drop("page_size")
    if token.get("path"):
        said.drop("stop_condition")
        return {"type": "next_url", "url": path, "left_out_at_end": True}
    said.leave("stop_condition", "pages end where nothing leads to another one",
               "`has_more` (docs/sources-rest.md#pages-pagination)")  # fmt: skip
    key = "cursor" if where == "response" else "last_record"
    lead = {"left_out_at_end": True} if where == "response" else {}
    return {
        "type": "cursor", key: path, "in": token.get("in"), "param": token.get("name") or "cursor",
        **lead,
    }  # fmt: skip


_STRATEGIES: Mapping[
    str, Callable[[Node, dict[str, Any], dict[str, Any]], dict[str, Any] | None]
] = {
    "PageIncrement": _page_increment,
    "OffsetIncrement": _offset_increment,
    "CursorPagination": _cursor,
}


def auth_of(requester: Node, references: References) -> tuple[dict[str, Any], str]:
    """`auth` of a source, and what its connection has to hold; both empty: open to all."""
    if "authenticator" not in requester:
        return {}, ""
    said = references.node(requester, "authenticator")
    kind = said.text("type")
    if kind == "NoAuth":
        return {}, ""
    if kind not in _AUTHS:
        said.leave_all("Medallion has no such authentication",
                       "one of docs/sources-rest.md#who-asks-auth")  # fmt: skip
        return {}, ""
    found = _AUTHS[kind](said, references)
    # Whatever stands there may be a secret: it is neither written, nor reported by its value.
    for key in ("api_token", "username", "password", "client_id", "client_secret",
                "refresh_token", "access_token_value"):  # fmt: skip
        said.leave(key, NOT_IN_A_SPEC, _LOGIN)
    return found


def _bearer(said: Node, references: References) -> tuple[dict[str, Any], str]:
    return {"type": "bearer"}, "--conn-password TOKEN"


def _basic(said: Node, references: References) -> tuple[dict[str, Any], str]:
    return {"type": "basic"}, "--conn-login LOGIN --conn-password PASSWORD"


def _api_key(said: Node, references: References) -> tuple[dict[str, Any], str]:
    name = said.text("header")
    into = references.node(said, "inject_into")
    into.drop("type")
    where = into.text("inject_into")
    name = name or into.text("field_name") or "Authorization"
    place = {"in": "query"} if where == "request_parameter" else {}
    return {"type": "api_key", **place, "name": name}, "--conn-password KEY"


def _oauth(said: Node, references: References) -> tuple[dict[str, Any], str]:
    if said.text("grant_type") != "client_credentials":
        said.leave("grant_type", "Medallion asks for a token by client credentials alone",
                   "docs/sources-rest.md#who-asks-auth")  # fmt: skip
    said.leave("token_refresh_endpoint", "the connection says it", "`token_url` in its extra")
    scopes = " ".join(said.texts("scopes"))
    scope = {"scope": scopes} if scopes else {}
    extra = '--conn-extra \'{"token_url": "URL"}\''
    words = f"--conn-login CLIENT_ID --conn-password SECRET {extra}"
    return {"type": "oauth2_client_credentials", **scope}, words


_AUTHS: Mapping[str, Callable[[Node, References], tuple[dict[str, Any], str]]] = {
    "BearerAuthenticator": _bearer,
    "BasicHttpAuthenticator": _basic,
    "ApiKeyAuthenticator": _api_key,
    "OAuthAuthenticator": _oauth,
}
