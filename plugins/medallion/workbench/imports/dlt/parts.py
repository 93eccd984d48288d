"""dlt's words for paging and credentials of an API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.base.rest_parts import (
    NOT_IN_A_SPEC,
    without_empty,
    write_dotted_path,
)
from medallion.workbench.imports.base.sketch import PLACEHOLDER

_FOUND_BY_DLT = (
    "dlt finds out at run time how pages are turned; here the header Link leads on, and without "
    "one an answer is the only page: see docs/sources-rest.md#pages-pagination"
)
_ONE_PAGE = f"{PLACEHOLDER}: the input's way of paging has no counterpart: this reads one page"
_USUAL_PAGINGS = {
    "HeaderLinkPaginator": "header_link", "JSONLinkPaginator": "json_link",
    "JSONResponsePaginator": "json_link", "json_response": "json_link",
    "JSONResponseCursorPaginator": "cursor", "OffsetPaginator": "offset",
    "PageNumberPaginator": "page_number", "SinglePagePaginator": "single_page",
    "HeaderCursorPaginator": "header_cursor", "HeaderLinksPaginator": "header_link",
}  # fmt: skip
_USUAL_AUTHS = {
    "BearerTokenAuth": "bearer", "APIKeyAuth": "api_key", "HttpBasicAuth": "http_basic",
    "OAuth2ClientCredentials": "oauth2_client_credentials",
}  # fmt: skip


def pagination_of(endpoint: Node, guess: Callable[[str], None]) -> dict[str, Any]:
    """`pagination` of a source; empty: one page.

    Args:
        endpoint: which may hold `paginator`.
        guess: takes what dlt would only find out at run time.
    """
    if isinstance(endpoint.peek("paginator"), str):
        kind = endpoint.text("paginator")
        said = Node({}, endpoint.at("paginator"), endpoint.leftovers)
    else:
        said = endpoint.node("paginator")
        kind = said.text("type")
    kind = _USUAL_PAGINGS.get(kind, kind)
    if kind in ("", "auto"):
        guess(_FOUND_BY_DLT)
        return {"type": "link_header"}
    if kind == "single_page":
        return {}
    if kind not in _PAGINGS:
        endpoint.take("paginator")
        endpoint.leftovers.leave(
            endpoint.at("paginator"),
            "Medallion has no such way of paging",
            "one of docs/sources-rest.md#pages-pagination; one of your own is a class: "
            "CONTRIBUTING.md",
        )
        guess(_ONE_PAGE)
        return {}
    return without_empty(_PAGINGS[kind](said))


def _page_number(said: Node) -> dict[str, Any]:
    base = said.take("base_page", "initial_page")
    start = said.take("page")
    first = base if start is None else start
    _leave_most(said, "maximum_page")
    return {
        "type": "page_number",
        **_place(said, "page_param", "page_body_path", "param", "page"),
        "start": first if isinstance(first, int) else 0,
        "total_pages": _path(said, "total_path", "total"),
        **_end(said),
    }


def _offset(said: Node) -> dict[str, Any]:
    limit = said.take("limit")
    said.leave("offset", "a list is read from its beginning")
    body = _place(said, "offset_param", "offset_body_path", "offset_param", "offset")
    body |= _place(said, "limit_param", "limit_body_path", "limit_param", "limit")
    _leave_most(said, "maximum_offset")
    return {
        "type": "offset",
        **body,
        "limit": limit if isinstance(limit, int) else 100,
        "total_records": _path(said, "total_path", "total"),
        **_end(said),
    }


def _cursor(said: Node) -> dict[str, Any]:
    return {
        "type": "cursor",
        "cursor": _path(said, "cursor_path", "cursors.next"),
        **_place(said, "cursor_param", "cursor_body_path", "param", "after"),
        **_lead(said),
    }


def _json_link(said: Node) -> dict[str, Any]:
    return {"type": "next_url", "url": _path(said, "next_url_path", "next"), **_lead(said)}


def _header_link(said: Node) -> dict[str, Any]:
    if said.text("links_next_key") not in ("", "next"):
        said.leftovers.leave(
            said.at("links_next_key"), 'the header Link is followed by rel="next" only'
        )
    return {"type": "link_header"}


_PAGINGS: Mapping[str, Callable[[Node], dict[str, Any]]] = {
    "page_number": _page_number,
    "offset": _offset,
    "cursor": _cursor,
    "json_link": _json_link,
    "header_link": _header_link,
}


def _path(said: Node, key: str, usual: str) -> str | None:
    """A JSONPath; the tool's own one where the key is missing, None where it says null."""
    if key in said.value and said.value[key] is None:
        said.take(key)
        return None
    text = said.text(key)
    found = write_dotted_path(text or usual)
    if found is None:
        said.leftovers.leave(said.at(key), "a path of Medallion is names with dots between them")
    return found


def _place(said: Node, param: str, body: str, key: str, usual: str) -> dict[str, Any]:
    """The name of a parameter of the query, or its place in the body."""
    in_body = said.text(body)
    if in_body:
        return {"in": "body", key: in_body}
    return {key: said.text(param) or usual}


def _end(said: Node) -> dict[str, Any]:
    said.drop("stop_after_empty_page")  # it always stops there
    return {"has_more": _path(said, "has_more_path", "") or None}


def _leave_most(said: Node, key: str) -> None:
    said.leave(key, "a list is read to its end, never a part of it", "narrow it by `params`")


def _lead(said: Node) -> dict[str, Any]:
    """A page without what leads on is the last for dlt."""
    return {
        "has_more": _path(said, "has_more_path", "") or None,
        "stop_after_empty_page": said.flag("stop_after_empty_page") or None,
        "left_out_at_end": True,
    }


_SECRETS = ("token", "api_key", "username", "password", "client_id", "client_secret",
            "access_token")  # fmt: skip


def auth_of(owner: Node) -> tuple[dict[str, Any], str]:
    """`auth` of a source, and what its connection has to hold for it; both empty: open to all."""
    if isinstance(owner.peek("auth"), str):
        kind, said = owner.text("auth"), Node({}, owner.at("auth"), owner.leftovers)
    else:
        said = owner.node("auth")
        kind = said.text("type") or ("bearer" if "token" in said else "")
    kind = _USUAL_AUTHS.get(kind, kind)
    # Whatever stands there may be a secret: it is neither written, nor reported by its value.
    for key in _SECRETS:
        said.leave(key, NOT_IN_A_SPEC, "the connection's login and password")
    said.drop("default_token_expiration")
    if kind in _AUTHS:
        return _AUTHS[kind](said)
    if kind or "auth" in owner:
        owner.take("auth")
        said.drop(*said)
        owner.leftovers.leave(
            owner.at("auth"),
            "Medallion has no such authentication",
            "one of docs/sources-rest.md#who-asks-auth; one of your own: CONTRIBUTING.md",
        )
    return {}, ""


def _bearer(said: Node) -> tuple[dict[str, Any], str]:
    return {"type": "bearer"}, "--conn-password TOKEN"


def _basic(said: Node) -> tuple[dict[str, Any], str]:
    return {"type": "basic"}, "--conn-login LOGIN --conn-password PASSWORD"


def _api_key(said: Node) -> tuple[dict[str, Any], str]:
    place = said.text("location") or "header"
    if place == "cookie":
        said.leftovers.leave(said.at("location"), "a key is sent as a header or a parameter")
    where = {"in": "query"} if place in ("query", "param") else {}
    return {
        "type": "api_key", **where, "name": said.text("name") or "Authorization",
    }, "--conn-password KEY"  # fmt: skip


def _oauth2(said: Node) -> tuple[dict[str, Any], str]:
    data = said.node("access_token_request_data")
    data.drop("grant_type")
    for key in ("client_id", "client_secret"):
        data.leave(key, NOT_IN_A_SPEC, "the connection's login and password")
    more = {key: data.text(key) for key in ("scope", "audience") if key in data}
    said.leave("access_token_url", "the connection says it", "`token_url` in its extra")
    extra = '--conn-extra \'{"token_url": "URL"}\''
    words = f"--conn-login CLIENT_ID --conn-password SECRET {extra}"
    return {"type": "oauth2_client_credentials", **more}, words


_AUTHS: Mapping[str, Callable[[Node], tuple[dict[str, Any], str]]] = {
    "bearer": _bearer,
    "http_basic": _basic,
    "api_key": _api_key,
    "oauth2_client_credentials": _oauth2,
}
