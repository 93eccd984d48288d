"""How an API that is only described turns its pages: guessed, by names that APIs usually have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from medallion.workbench.imports.base.json_schema import Schema
from medallion.workbench.inference.paging_words import (
    LIMIT,
    MORE,
    NEXT_URL,
    NUMBERED,
    OFFSET,
    PAGE,
    PAGES,
    TOKEN,
    TOTAL,
    params_of,
)

MOST_A_PAGE = 100
"""Records asked for, where the document names no limit."""
_AFTER = ("starting_after", "after_id", "since_id")


def guess_paging(
    params: Mapping[str, Schema], around: Mapping[str, Schema], *, has_link: bool
) -> dict[str, Any]:
    """`pagination`, by the names of parameters and of what stands around the records; empty:
    nothing speaks of pages.

    Args:
        params: the schemas of the query's parameters.
        around: those of the answer's fields, by dotted paths.
        has_link: whether the answer's header `Link` is described.
    """
    if has_link:
        return {"type": "link_header"}
    for way in (_by_url, _by_token, _by_last_record, _by_number, _by_offset):
        if said := way(params, around):
            return said
    return {}


def own_params(said: Mapping[str, Any]) -> Iterator[str]:
    """The parameters that a paging sets itself."""
    usual = {"page_number": ("page",), "offset": ("offset", "limit")}
    yield from usual.get(str(said.get("type")), ())
    for key in ("param", "size_param", "offset_param", "limit_param"):
        if key in said:
            yield str(said[key])


def _by_url(params: Mapping[str, Schema], around: Mapping[str, Schema]) -> dict[str, Any]:
    for path, schema in around.items():
        name = path.rpartition(".")[2]
        is_url = schema.get("format") in ("uri", "url", "uri-reference") or re.search(
            r"url|uri|link|href", path, re.IGNORECASE
        )
        is_next = is_url or (name == "next" and not _first(params, TOKEN))
        if is_next and NEXT_URL.search(path) and schema.get("type") == "string":
            return {"type": "next_url", "url": path, "left_out_at_end": True}
    return {}


def _by_token(params: Mapping[str, Schema], around: Mapping[str, Schema]) -> dict[str, Any]:
    for path in around:
        name = path.rpartition(".")[2]
        param = next((one for one in params_of(name) if one in params), None)
        if TOKEN.match(name) and param and not PAGE.match(param):
            return {
                "type": "cursor", "cursor": path, "param": param, **_more(around),
                "left_out_at_end": True,
            }  # fmt: skip
    return {}


def _by_last_record(params: Mapping[str, Schema], around: Mapping[str, Schema]) -> dict[str, Any]:
    """As Stripe does it."""
    param = next((one for one in _AFTER if one in params), None)
    more = _more(around)
    return {"type": "cursor", "last_record": "id", "param": param, **more} if param and more else {}


def _by_number(params: Mapping[str, Schema], around: Mapping[str, Schema]) -> dict[str, Any]:
    param = next((one for one in params if PAGE.match(one) or one in NUMBERED), None)
    if param is None:
        return {}
    start = {"start": 0} if params[param].get("default") == 0 else {}
    start = {"start": 0} if params[param].get("minimum") == 0 else start
    return {
        "type": "page_number",
        **({"param": param} if param != "page" else {}),
        **start,
        **_size(params, "size_param", "size"),
        **_total(around),
    }


def _by_offset(params: Mapping[str, Schema], around: Mapping[str, Schema]) -> dict[str, Any]:
    offset = next((one for one in params if OFFSET.match(one.lstrip("$"))), None)
    limit = next((one for one in params if LIMIT.match(one.lstrip("$"))), None)
    if offset is None or limit is None:
        return {}
    total = _first(around, TOTAL)
    return {
        "type": "offset",
        "offset_param": offset,
        "limit_param": limit,
        "limit": most_of(params[limit]),
        **({"total_records": total} if total else {}),
    }


def _size(params: Mapping[str, Schema], param: str, size: str) -> dict[str, Any]:
    name = next((one for one in params if LIMIT.match(one)), None)
    return {param: name, size: most_of(params[name])} if name else {}


def most_of(schema: Schema) -> int:
    """As many records a page as the document allows."""
    most = schema.get("maximum")
    return most if isinstance(most, int) and most > 0 else MOST_A_PAGE


def _total(around: Mapping[str, Schema]) -> dict[str, Any]:
    if records := _first(around, TOTAL):
        return {"total_records": records}
    pages = _first(around, PAGES)
    return {"total_pages": pages} if pages else {}


def _more(around: Mapping[str, Schema]) -> dict[str, Any]:
    more = _first(around, MORE)
    return {"has_more": more} if more and around[more].get("type") == "boolean" else {}


def _first(named: Mapping[str, Schema], pattern: re.Pattern[str]) -> str | None:
    return next((path for path in named if pattern.match(path.rpartition(".")[2])), None)
