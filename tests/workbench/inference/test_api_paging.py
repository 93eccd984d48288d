"""How pages are turned, by APIs of every usual kind: each is a function of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from medallion.workbench.inference.api_answer import around, find_listing
from medallion.workbench.inference.api_paging import Answered, Paging, find_paging

ROWS = [{"id": number, "name": f"row {number}"} for number in range(1, 24)]
Api = Callable[[Mapping[str, str]], Any]


def numbered(asked: Mapping[str, str]) -> Any:
    page = int(asked.get("page", 1))
    return {"page": page, "total_pages": 3, "results": ROWS[page * 10 - 10 : page * 10]}


def numbered_from_zero(asked: Mapping[str, str]) -> Any:
    page, size = int(asked.get("page", 0)), int(asked.get("size", 10))
    return {"content": ROWS[page * size :][:size], "number": page, "totalElements": len(ROWS)}


def offset(asked: Mapping[str, str]) -> Any:
    at, limit = int(asked.get("offset", 0)), int(asked.get("limit", 10))
    return {"meta": {"offset": at, "limit": limit, "total": 23}, "data": ROWS[at : at + limit]}


def cursor(asked: Mapping[str, str]) -> Any:
    at = int(asked.get("after", 0))
    more = at + 10 < len(ROWS)
    following = {"next_cursor": str(at + 10) if more else None, "has_more": more}
    return {"meta": following, "data": {"orders": ROWS[at : at + 10]}}


def url(asked: Mapping[str, str]) -> Any:
    return {"links": {"self": "/o", "next": "https://shop/o?p=2"}, "items": ROWS[:10]}


def odata(asked: Mapping[str, str]) -> Any:
    return {"@odata.nextLink": "https://shop/o?$skip=2", "value": ROWS[:10]}


def silent(asked: Mapping[str, str]) -> Any:
    page = int(asked.get("page", 1))
    return ROWS[page * 10 - 10 : page * 10]


def skipping(asked: Mapping[str, str]) -> Any:
    at = int(asked.get("skip", 0))
    return {"total": 23, "products": ROWS[at : at + int(asked.get("limit", 10))]}


def whole(asked: Mapping[str, str]) -> Any:
    return ROWS


def unknown(asked: Mapping[str, str]) -> Any:
    return {"total": 500, "rows": ROWS[:10]}


def ended(asked: Mapping[str, str]) -> Any:
    return {"next": None, "results": ROWS[:3]}


CASES: list[tuple[Api, Mapping[str, str], str, Mapping[str, Any], bool]] = [
    (numbered, {}, "results", {"type": "page_number", "total_pages": "total_pages"}, False),
    (
        numbered_from_zero,
        {"page": "0", "size": "5"},
        "content",
        {"type": "page_number", "start": 0, "size_param": "size", "size": 5,
         "total_records": "totalElements"},
        False,
    ),
    (offset, {}, "data", {"type": "offset", "limit": 10, "total_records": "meta.total"}, False),
    (
        cursor,
        {},
        "data.orders",
        {"type": "cursor", "cursor": "meta.next_cursor", "param": "after",
         "has_more": "meta.has_more"},
        False,
    ),
    (url, {}, "items", {"type": "next_url", "url": "links.next"}, False),
    (odata, {}, "value", {"type": "next_url", "url": "@odata.nextLink"}, False),
    (silent, {}, "", {"type": "page_number"}, True),
    (
        skipping,
        {},
        "products",
        {"type": "offset", "offset_param": "skip", "limit": 10, "total_records": "total"},
        True,
    ),
    (whole, {}, "", {}, False),
    (unknown, {}, "rows", {}, True),
    (ended, {}, "results", {"type": "next_url", "url": "next"}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("api", "asked", "path", "said", "is_guess"),
    CASES,
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_list_and_its_pages_are_found(
    api: Api, asked: Mapping[str, str], path: str, said: Mapping[str, Any], is_guess: bool
) -> None:
    found = paging(api, asked, path)
    assert found.said == said
    assert bool(found.guess) is is_guess
    if "total" not in path and api not in (unknown, ended):
        assert bool(found.why) is not is_guess


def paging(api: Api, asked: Mapping[str, str], path: str) -> Paging:
    def answered(more: Mapping[str, str]) -> Answered:
        document = api({**asked, **more})
        listing = find_listing(document)
        assert listing is not None
        assert listing.path == path
        return Answered(records=listing.records, around=around(document, listing))

    return find_paging(answered({}), asked, answered)


def test_a_link_in_the_header_is_enough() -> None:
    def turn(more: Mapping[str, str]) -> Answered | None:
        raise AssertionError("the header says it")

    found = find_paging(Answered(records=ROWS, next_link=True), {}, turn)
    assert found.said == {"type": "link_header"}


@pytest.mark.parametrize(
    ("document", "path", "others"),
    [
        ({"errors": [], "hits": {"hits": [{"_id": 1}]}}, "hits.hits", ()),
        ({"data": [], "meta": {"total": 0}}, "data", ()),
        ({"a": [{"x": 1}], "b": [{"x": 1}, {"x": 2}]}, "b", ("a",)),
        ({"tags": ["a", "b"], "rows": [{"x": 1}]}, "rows", ()),
    ],
)
def test_where_the_records_are(document: Any, path: str, others: tuple[str, ...]) -> None:
    found = find_listing(document)
    assert found is not None
    assert (found.path, found.others) == (path, others)


def test_one_record_and_none_at_all() -> None:
    found = find_listing({"base": "EUR", "rates": {"USD": 1.1}})
    assert found is not None
    assert found.single
    assert find_listing({}) is None
    assert find_listing("no") is None
