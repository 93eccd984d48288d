"""REST sources: what is asked for, how it is paged through, and what is landed."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.interval_words import WORDS, fill_interval
from medallion.sources.rest.kinds import Pagination
from medallion.sources.rest.source import RestSource

ORDERS = [{"id": number, "note": f"line\nbreak {number}"} for number in range(1, 8)]
Extract = Callable[..., Any]


def source(**keys: Any) -> RestSource:
    return RestSource.model_validate({"type": "rest", "conn_id": "shop", "path": "orders", **keys})


def paged(kind: str, **keys: Any) -> RestSource:
    return source(records="data", pagination={"type": kind, **keys})


def ids(landed: Any) -> list[int]:
    return [record["id"] for record in landed.records()]


def by_page(asked: Any, size: int = 3, first: int = 1) -> dict[str, Any]:
    start = (int(asked.params["page"]) - first) * size
    pages = -(-len(ORDERS) // size)
    return {"data": ORDERS[start : start + size], "meta": {"total": len(ORDERS), "pages": pages}}


def by_offset(asked: Any, most: int = 3) -> dict[str, Any]:
    start = int(asked.params["offset"])
    size = min(int(asked.params["limit"]), most)
    return {"data": ORDERS[start : start + size], "total": str(len(ORDERS))}


def by_cursor(asked: Any) -> dict[str, Any]:
    start = int(asked.params.get("cursor", "0"))
    following = start + 3
    meta = {"next": str(following) if following < len(ORDERS) else None}
    return {"data": ORDERS[start:following], "meta": meta}


@pytest.mark.parametrize(
    ("pagination", "answer", "requests"),
    [
        ({"type": "page_number"}, by_page, 4),  # the last one is empty
        ({"type": "page_number", "total_records": "meta.total"}, by_page, 3),
        ({"type": "page_number", "total_pages": "meta.pages"}, by_page, 3),
        (
            {"type": "page_number", "start": 0, "total_pages": "meta.pages"},
            lambda asked: by_page(asked, first=0),
            3,
        ),
        ({"type": "offset", "limit": 3}, by_offset, 4),
        ({"type": "offset", "limit": 3, "total_records": "total"}, by_offset, 3),
        ({"type": "offset", "limit": 500, "total_records": "total"}, by_offset, 3),
        ({"type": "cursor", "cursor": "meta.next"}, by_cursor, 3),
    ],
    ids=lambda value: value.__name__ if callable(value) else str(value),
)
def test_every_page_is_read_once(
    extract: Extract, api_server: Any, pagination: dict[str, Any], answer: Any, requests: int
) -> None:
    api_server.answer = answer
    landed = extract(
        paged(pagination.pop("type"), **pagination), connection=api_server.connection()
    )
    assert ids(landed) == [1, 2, 3, 4, 5, 6, 7]
    assert len(api_server.asked) == requests
    assert landed.manifest.records == 7
    assert landed.manifest.notes["requests"] == landed.manifest.notes["pages"] == requests


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("kind", ["next_url", "link_header"])
def test_the_url_of_the_next_page_is_followed(
    extract: Extract, api_server: Any, kind: str, absolute: bool
) -> None:
    def answer(asked: Any) -> Any:
        page = by_cursor(asked)
        following = page.pop("meta")["next"]
        target = f"/v2/orders?cursor={following}&sig=a%2Fb+c"
        if absolute:
            target = api_server.url + target
        if kind == "next_url":
            return page | {"links": {"next": target if following else None}}
        link = f'<{api_server.url}/v2/orders>; rel="first"'
        link += f', <{target}>; rel="NEXT last"' if following else ""
        return api_server.Reply(body=page, headers={"Link": link})

    api_server.answer = answer
    keys = {"url": "links.next"} if kind == "next_url" else {}
    landed = extract(
        source(
            path="/v2/orders",
            params={"state": "open"},
            records="data",
            pagination={"type": kind, **keys},
        ),
        connection=api_server.connection(),
    )
    assert ids(landed) == [1, 2, 3, 4, 5, 6, 7]
    first, second, third = api_server.asked
    assert (first.path, dict(first.params)) == ("/v2/orders", {"state": "open"})
    assert dict(second.params) == {"cursor": "3", "sig": "a/b c"}
    assert third.params["cursor"] == "6"


def test_every_way_of_paging_has_its_test() -> None:
    union, _ = Pagination.__origin__, Pagination.__metadata__  # type: ignore[attr-defined]
    names = {model.__name__ for model in union.__args__}
    assert names == {"PageNumber", "Offset", "Cursor", "NextUrl", "LinkHeader", "OnePage"}


def test_a_field_that_the_last_page_leaves_out_is_its_end_where_the_spec_says_so(
    extract: Extract, api_server: Any
) -> None:
    def answer(asked: Any) -> Any:
        page = by_cursor(asked)
        if page["meta"]["next"] is None:
            del page["meta"]["next"]
        return page

    api_server.answer = answer
    with pytest.raises(SourceRefused, match=r"nothing at `meta.next`: `meta` is an empty object"):
        extract(paged("cursor", cursor="meta.next"), connection=api_server.connection())
    kept = paged("cursor", cursor="meta.next", left_out_at_end=True)
    assert len(ids(extract(kept, connection=api_server.connection()))) == 7


def flagged(api: Any) -> Callable[[Any], Any]:
    """Pages that name a next one each time, and say by a flag whether there is one."""

    def answer(asked: Any) -> Any:
        start = int(asked.params.get("after") or asked.params.get("offset") or 0)
        start = start or (int(asked.params.get("page", "1")) - 1) * 3
        following = min(start + 3, len(ORDERS))
        more = following < len(ORDERS)
        url = f"/orders?after={following}"
        body = {"data": ORDERS[start:following], "next": str(following), "url": url}
        body |= {"more": more, "last": "false" if more else "TRUE", "stays": True}
        link = f'<{url}>; rel="next"; results="{str(more).lower()}"'
        return api.Reply(body=body | ({"here": 1} if more else {}), headers={"Link": link})

    return answer


WAYS: list[dict[str, Any]] = [
    {"type": "cursor", "cursor": "next", "param": "after"},
    {"type": "next_url", "url": "url"},
    {"type": "page_number"},
    {"type": "offset", "limit": 3},
]


@pytest.mark.parametrize(
    "flag",
    [
        {"has_more": "more"},
        {"is_last": "last"},
        {"has_more": "here", "left_out_at_end": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("way", [*WAYS, {"type": "link_header"}], ids=lambda way: way["type"])
def test_a_flag_in_the_body_ends_the_list(
    extract: Extract, api_server: Any, way: dict[str, Any], flag: dict[str, Any]
) -> None:
    api_server.answer = flagged(api_server)
    landed = extract(
        source(records="data", pagination=way | flag), connection=api_server.connection()
    )
    assert ids(landed) == [1, 2, 3, 4, 5, 6, 7]
    assert len(api_server.asked) == 3


def test_a_link_without_results_ends_the_list(extract: Extract, api_server: Any) -> None:
    api_server.answer = flagged(api_server)
    landed = extract(paged("link_header"), connection=api_server.connection())
    assert (ids(landed), len(api_server.asked)) == ([1, 2, 3, 4, 5, 6, 7], 3)


@pytest.mark.parametrize("way", WAYS[:2], ids=lambda way: way["type"])
def test_an_empty_page_that_leads_to_itself_ends_the_list(
    extract: Extract, api_server: Any, way: dict[str, Any]
) -> None:
    """As Solr's do; a flag that says otherwise is believed."""
    api_server.answer = flagged(api_server)
    landed = extract(source(records="data", pagination=way), connection=api_server.connection())
    assert (ids(landed), len(api_server.asked)) == ([1, 2, 3, 4, 5, 6, 7], 4)
    asked = source(records="data", pagination=way | {"has_more": "stays"})
    with pytest.raises(SourceRefused, match="leads back to page 4"):
        extract(asked, connection=api_server.connection())


@pytest.mark.parametrize("way", WAYS[:2], ids=lambda way: way["type"])
def test_an_empty_page_ends_the_list_where_the_spec_says_so(
    extract: Extract, api_server: Any, way: dict[str, Any]
) -> None:
    def answer(asked: Any) -> Any:
        start = int(asked.params.get("after", "0"))
        url = f"/orders?after={start + 3}"
        return {"data": ORDERS[start : start + 3], "next": str(start + 3), "url": url}

    api_server.answer = answer
    keys = {"records": "data", "pagination": way | {"max_pages": 9}}
    with pytest.raises(SourceRefused, match="there are more than 9 pages") as refused:
        extract(source(**keys), connection=api_server.connection())
    assert "stop_after_empty_page" in refused.value.remedy
    api_server.asked.clear()
    keys["pagination"] |= {"stop_after_empty_page": True}
    assert ids(extract(source(**keys), connection=api_server.connection())) == [1, 2, 3, 4, 5, 6, 7]
    assert len(api_server.asked) == 4


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ({"has_more": "nowhere"}, "expected true or false: nothing at `nowhere`"),
        ({"has_more": "next"}, "expected true or false: `next` is a text"),
        ({"is_last": "data"}, "expected true or false: `data` is a list"),
        ({"has_more": "stays"}, "`stays` says that another page follows, and nothing leads to it"),
    ],
)
def test_a_flag_that_says_nothing_certain_is_no_end(
    extract: Extract, api_server: Any, flag: dict[str, Any], said: str
) -> None:
    def answer(asked: Any) -> Any:
        reply = flagged(api_server)(asked)
        return reply.body if reply.body["more"] else reply.body | {"next": None}

    api_server.answer = answer
    way = {"type": "cursor", "cursor": "next", "param": "after"}
    with pytest.raises(SourceRefused, match=said):
        extract(source(records="data", pagination=way | flag), connection=api_server.connection())


def by_last_id(asked: Any) -> dict[str, Any]:
    """As Stripe does it: what comes after a record is asked for with its id."""
    start = int(asked.params.get("starting_after", "0"))
    return {"data": ORDERS[start : start + 3], "has_more": start + 3 < len(ORDERS)}


@pytest.mark.parametrize(("flag", "requests"), [({"has_more": "has_more"}, 3), ({}, 4)])
def test_the_last_record_can_be_the_cursor(
    extract: Extract, api_server: Any, flag: dict[str, Any], requests: int
) -> None:
    api_server.answer = by_last_id
    asked = paged("cursor", last_record="id", param="starting_after", **flag)
    assert ids(extract(asked, connection=api_server.connection())) == [1, 2, 3, 4, 5, 6, 7]
    assert len(api_server.asked) == requests


@pytest.mark.parametrize(
    ("path", "said"),
    [("ids", "the last record: nothing at `ids`"), ("tags", "`tags` of the last record is a list")],
)
def test_a_last_record_without_a_cursor_is_refused(
    extract: Extract, api_server: Any, path: str, said: str
) -> None:
    api_server.answer = lambda asked: {"data": [{"id": 1, "tags": []}]}
    with pytest.raises(SourceRefused, match=said):
        extract(paged("cursor", last_record=path), connection=api_server.connection())


@pytest.mark.parametrize("keys", [{}, {"cursor": "next", "last_record": "id"}])
def test_a_cursor_is_in_one_place(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either `cursor` or `last_record`"):
        paged("cursor", **keys)


def test_the_first_cursor_can_be_given(extract: Extract, api_server: Any) -> None:
    """Some want `*` first, and have a page without records after the last."""

    def answer(asked: Any) -> Any:
        start = asked.params["cursor"]
        start = 0 if start == "*" else int(start)
        return {"data": ORDERS[start : start + 3], "next": str(start + 3)}

    api_server.answer = answer
    asked = paged("cursor", cursor="next", first_cursor="*", stop_after_empty_page=True)
    assert len(ids(extract(asked, connection=api_server.connection()))) == 7
    assert [one.params["cursor"] for one in api_server.asked] == ["*", "3", "6", "9"]


def test_keys_with_dots_lead_to_the_next_page(extract: Extract, api_server: Any) -> None:
    """As OData has it."""

    def answer(asked: Any) -> Any:
        start = int(asked.params.get("$skip", "0"))
        following = {"@odata.nextLink": f"{api_server.url}/orders?$skip={start + 3}"}
        more = following if start + 3 < len(ORDERS) else {}
        return {"data": ORDERS[start : start + 3], "meta": {"@odata.count": 7}, **more}

    api_server.answer = answer
    asked = paged("next_url", url="@odata.nextLink", left_out_at_end=True)
    assert len(ids(extract(asked, connection=api_server.connection()))) == 7
    paging = {"offset_param": "$skip", "limit_param": "$top", "total_records": "meta.@odata.count"}
    api_server.asked.clear()
    assert len(ids(extract(paged("offset", **paging), connection=api_server.connection()))) == 7
    assert len(api_server.asked) == 3


def test_no_content_is_no_records(extract: Extract, api_server: Any) -> None:
    api_server.answer = lambda asked: api_server.Reply(status=204)
    landed = extract(paged("cursor", cursor="next"), connection=api_server.connection())
    assert (landed.manifest.records, landed.manifest.notes["answers_ignored"]) == (0, 1)
    api_server.answer = lambda asked: (
        by_cursor(asked) if len(api_server.asked) == 2 else api_server.Reply(status=204)
    )
    with pytest.raises(SourceRefused, match="names this as the next one, and its status says"):
        extract(paged("cursor", cursor="meta.next"), connection=api_server.connection())


def test_a_link_header_that_cannot_be_read_is_no_end(extract: Extract, api_server: Any) -> None:
    header = {"Link": '</orders?page=2>; rel="next'}
    api_server.answer = lambda asked: api_server.Reply(body={"data": ORDERS}, headers=header)
    with pytest.raises(SourceRefused, match=r"the header Link cannot be read: .* character") as no:
        extract(paged("link_header"), connection=api_server.connection())
    assert "RFC 8288" in no.value.remedy


@pytest.mark.parametrize(
    ("records", "bodies"),
    [
        ("data", [{"data": ORDERS}, {"data": None}]),
        ("data.of", [{"data": {"of": None}}]),
        ("", [ORDERS, None]),
        ("", [None]),
    ],
)
@pytest.mark.parametrize("whole_bytes", [10**6, 3])
def test_a_null_list_is_an_empty_one(
    extract: Extract,
    api_server: Any,
    monkeypatch: pytest.MonkeyPatch,
    records: str,
    bodies: list[Any],
    whole_bytes: int,
) -> None:
    monkeypatch.setattr("medallion.sources.rest.selection.WHOLE_BYTES", whole_bytes)
    api_server.answer = lambda asked: api_server.Reply(body=bodies[int(asked.params["page"]) - 1])
    asked = source(records=records, pagination={"type": "page_number"})
    landed = extract(asked, connection=api_server.connection())
    assert landed.manifest.records == 7 * (len(bodies) - 1)
    assert len(api_server.asked) == len(bodies)


def test_bodies_are_landed_as_they_came(extract: Extract, api_server: Any) -> None:
    body = b'{ "data" : [{"id":1, "price": 1.10, "big": 12345678901234567890.5}] }'
    api_server.answer = lambda asked: api_server.Reply(body=body)
    landed = extract(source(records="data"), connection=api_server.connection())
    assert landed.manifest.layout.records_path == "data"
    assert _unpacked(landed) == body + b"\n"


def test_a_body_that_is_the_list_is_put_into_an_object(extract: Extract, api_server: Any) -> None:
    body = b'[{"id":1}, {"id" :2.0}]'
    api_server.answer = lambda asked: api_server.Reply(body=body)
    landed = extract(source(), connection=api_server.connection())
    assert landed.manifest.layout.records_path == "records"
    assert _unpacked(landed) == b'{"records":' + body + b"}\n"
    assert landed.manifest.records == 2


@pytest.mark.parametrize("path", ["", "data", 'da/ta.it"ems'])
def test_a_large_body_is_landed_in_pieces_with_its_records_as_they_came(
    extract: Extract, api_server: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("medallion.sources.rest.selection.WHOLE_BYTES", 100)
    monkeypatch.setattr("medallion.sources.rest.pieces.PIECE_BYTES", 60)
    spelled = [b'{"id" :%d, "x": 1.10, "t": "]},\\"\xc3\xa9"}' % number for number in range(7)]
    spelled += [b"7", b"[ ]", b'"s"', b"null"]
    body = b" [\n" + b" ,\r\n ".join(spelled) + b" ] "
    for name in reversed(path.split(".") if path else []):
        quoted = json.dumps(name).encode()
        body = b'{ "other": [{"data": 1}], %s : %s , "last":{}}' % (quoted, body)
    api_server.answer = lambda asked: api_server.Reply(body=body)
    landed = extract(source(records=path), connection=api_server.connection())
    lines = _unpacked(landed).splitlines()
    assert len(lines) > 4
    assert all(json.loads(line) for line in lines)
    assert [record for record in spelled if record not in b"".join(lines)] == []
    assert landed.records() == [json.loads(record) for record in spelled]
    assert landed.manifest.records == len(spelled)


def test_a_record_that_could_not_be_read_back_is_refused(extract: Extract, api_server: Any) -> None:
    api_server.answer = lambda asked: [{"id": 1}, {"text": "x" * 16 * 1024**2}]
    with pytest.raises(SourceRefused, match="a record is larger than 15 MiB"):
        extract(source(), connection=api_server.connection())


def test_a_body_that_is_one_record(extract: Extract, api_server: Any) -> None:
    api_server.answer = lambda asked: {"base": "EUR", "rates": {"USD": 1.1}}
    landed = extract(source(single_record=True), connection=api_server.connection())
    assert landed.manifest.layout.records_path == ""
    assert landed.records() == [{"base": "EUR", "rates": {"USD": 1.1}}]
    assert landed.manifest.records == 1


def test_nothing_found_is_a_landing_without_records(extract: Extract, api_server: Any) -> None:
    landed = extract(source(), connection=api_server.connection())
    assert (landed.manifest.records, landed.records()) == (0, [])


def test_an_ignored_status_is_no_records_or_no_further_page(
    extract: Extract, api_server: Any
) -> None:
    def answer(asked: Any) -> Any:
        page = by_page(asked)
        return page if page["data"] else api_server.Reply(status=404, body=b"no such page")

    api_server.answer = answer
    keys: dict[str, Any] = {"records": "data", "pagination": {"type": "page_number"}}
    with pytest.raises(SourceRefused, match=r"page=4: 404 with .* instead of JSON: 'no such page'"):
        extract(source(**keys), connection=api_server.connection())
    keys["responses"] = {"ignore": [404]}
    landed = extract(source(**keys), connection=api_server.connection())
    assert (len(ids(landed)), landed.manifest.notes["answers_ignored"]) == (7, 1)
    api_server.answer = lambda asked: api_server.Reply(status=404)
    assert extract(source(**keys), connection=api_server.connection()).manifest.parts == ()


def test_an_ignored_status_does_not_hide_pages_that_the_api_has_named(
    extract: Extract, api_server: Any
) -> None:
    api_server.answer = lambda asked: (
        api_server.Reply(status=404) if "cursor" in asked.params else by_cursor(asked)
    )
    keys: dict[str, Any] = {"pagination": {"type": "cursor", "cursor": "meta.next"}}
    with pytest.raises(SourceRefused, match="page 1 names this as the next one"):
        extract(
            source(records="data", responses={"ignore": [404]}, **keys),
            connection=api_server.connection(),
        )


def test_the_data_interval_is_in_path_and_parameters(extract: Extract, api_server: Any) -> None:
    api_server.answer = lambda asked: []
    landed = extract(
        source(
            path="rates/:data_interval_start_date..:data_interval_last_date",
            params={"since": ":data_interval_start", "q": "status:open", "new": True, "limit": 5},
            headers={"accept": "application/vnd.shop+json", "X-Shop": "7"},
        ),
        connection=api_server.connection(host=f"{api_server.url}/api/", port=None),
        until=datetime(2026, 1, 8, tzinfo=UTC),
    )
    (asked,) = api_server.asked
    assert asked.path == "/api/rates/2026-01-01..2026-01-07"
    params = {"since": "2026-01-01T00:00:00Z", "q": "status:open", "new": "true", "limit": "5"}
    assert dict(asked.params) == params
    assert (asked.headers["accept"], asked.headers["x-shop"]) == ("application/vnd.shop+json", "7")
    assert landed.manifest.notes["params"] == params


def test_the_words_of_the_interval() -> None:
    start = datetime(2026, 1, 31, 23, tzinfo=UTC)
    said = {word: fill_interval(f"<:{word}>", start, start + timedelta(hours=2)) for word in WORDS}
    assert said == {
        "data_interval_start": "<2026-01-31T23:00:00Z>",
        "data_interval_end": "<2026-02-01T01:00:00Z>",
        "data_interval_start_date": "<2026-01-31>",
        "data_interval_end_date": "<2026-02-01>",
        "data_interval_last_date": "<2026-02-01>",
        "data_interval_start_epoch": "<1769900400>",
        "data_interval_end_epoch": "<1769907600>",
    }
    assert fill_interval(":data_interval_last_date", start, start) == "2026-01-31"


def by_body(asked: Any) -> dict[str, Any]:
    """A search: how many records, and from where, is written in the body."""
    said = asked.json["page"]
    start = said["from"] if "from" in said else (said.get("number", 1) - 1) * 3
    following = start + 3
    records = ORDERS[start:following]
    return {"data": records, "next": following if following < len(ORDERS) else None}


@pytest.mark.parametrize(
    ("pagination", "pages"),
    [
        (
            {"type": "page_number", "param": "page.number", "size_param": "page.size", "size": 3},
            [{"number": at, "size": 3} for at in (1, 2, 3, 4)],
        ),
        (
            {"type": "offset", "offset_param": "page.from", "limit_param": "page.max", "limit": 3},
            [{"from": at, "max": 3} for at in (0, 3, 6, 7)],
        ),
        (
            {"type": "cursor", "cursor": "next", "param": "page.from"},
            [{}, {"from": 3}, {"from": 6}],
        ),
    ],
    ids=lambda given: given["type"] if isinstance(given, dict) else "",
)
def test_a_search_is_a_post_whose_body_is_paged_through(
    extract: Extract, api_server: Any, pagination: dict[str, Any], pages: list[dict[str, int]]
) -> None:
    api_server.answer = by_body
    body = {
        "filter": [{"since": ":data_interval_start_date", "open": True, "least": 1.5, "of": None}],
        "page": {},
    }
    landed = extract(
        source(records="data", body=body, pagination={**pagination, "in": "body"}),
        connection=api_server.connection(),
    )
    assert ids(landed) == [1, 2, 3, 4, 5, 6, 7]
    asked_for = [{"since": "2026-01-01", "open": True, "least": 1.5, "of": None}]
    assert [asked.json for asked in api_server.asked] == [
        {"filter": asked_for, "page": page} for page in pages
    ]
    assert api_server.asked[0].headers["content-type"] == "application/json"
    assert api_server.asked[0].params == {}


@pytest.mark.parametrize("kind", ["next_url", "link_header"])
def test_a_search_can_name_its_next_page(extract: Extract, api_server: Any, kind: str) -> None:
    def answer(asked: Any) -> Any:
        page = by_cursor(asked)
        following = page.pop("meta")["next"]
        target = f"/orders?cursor={following}" if following else None
        headers = {"Link": f'<{target}>; rel="next"'} if target else {}
        return api_server.Reply(body={**page, "next": target}, headers=headers)

    api_server.answer = answer
    keys = {"url": "next"} if kind == "next_url" else {}
    pages = source(records="data", body={"q": "x"}, pagination={"type": kind, **keys})
    assert ids(extract(pages, connection=api_server.connection())) == [1, 2, 3, 4, 5, 6, 7]
    assert [asked.json for asked in api_server.asked] == [{"q": "x"}] * 3


def test_a_search_that_goes_round_is_reported_with_its_body(
    extract: Extract, api_server: Any
) -> None:
    api_server.answer = lambda asked: {"data": [{"id": len(api_server.asked)}], "next": 1}
    pages = {"type": "cursor", "cursor": "next", "param": "at", "in": "body"}
    with pytest.raises(SourceRefused, match=r'/orders \{"at": 1\}: page 2 leads back to page 2'):
        extract(
            source(records="data", body={}, pagination=pages), connection=api_server.connection()
        )


def test_requests_keep_the_connection_s_pace(extract: Extract, api_server: Any) -> None:
    times: list[float] = []

    def answer(asked: Any) -> Any:
        times.append(time.monotonic())
        return by_page(asked)

    api_server.answer = answer
    began = time.monotonic()  # not the first request's time: a busy server may see that one late
    extract(
        paged("page_number"), connection=api_server.connection(extra={"requests_per_second": 10})
    )
    assert len(times) == 4
    assert times[-1] - began >= 0.29


# What must not go on


def test_pages_that_lead_back_are_refused(extract: Extract, api_server: Any) -> None:
    """So is an API that tracks the position itself and repeats one cursor (Crossref)."""
    api_server.answer = lambda asked: {"data": [{"id": len(api_server.asked)}], "next": "a"}
    with pytest.raises(SourceRefused, match=r"cursor=a: page 2 leads back to page 2") as refused:
        extract(paged("cursor", cursor="next"), connection=api_server.connection())
    assert "tracks the position itself" in refused.value.remedy
    assert len(api_server.asked) == 2


def test_a_next_url_that_leads_back_is_refused(extract: Extract, api_server: Any) -> None:
    turns = {"/orders": "/b", "/b": "/c", "/c": "/b"}
    api_server.answer = lambda asked: {"data": [{"at": asked.path}], "next": turns[asked.path]}
    with pytest.raises(SourceRefused, match="/b: page 3 leads back to page 2"):
        extract(paged("next_url", url="next"), connection=api_server.connection())


def test_an_api_that_turns_no_pages_is_refused(extract: Extract, api_server: Any) -> None:
    api_server.answer = lambda asked: {"data": ORDERS, "asked": len(api_server.asked)}
    with pytest.raises(SourceRefused, match="page 2 has the same records as page 1"):
        extract(paged("page_number", param="p"), connection=api_server.connection())


def test_as_many_new_records_as_a_page_holds_move_a_whole_page_to_the_next_place(
    extract: Extract, api_server: Any
) -> None:
    def answer(asked: Any) -> Any:
        new = [{"id": 100 + number} for number in range(3 if len(api_server.asked) > 1 else 0)]
        start = 3 * (int(asked.params["page"]) - 1)
        found = [*new, *ORDERS]
        return {"data": found[start : start + 3], "total": len(found)}

    api_server.answer = answer
    landed = extract(
        paged("page_number", total_records="total"), connection=api_server.connection()
    )
    assert ids(landed) == [*[order["id"] for order in ORDERS[:3]], *[o["id"] for o in ORDERS]]


def test_pages_without_end_are_refused(extract: Extract, api_server: Any) -> None:
    api_server.answer = lambda asked: {"data": [{"id": len(api_server.asked)}]}
    with pytest.raises(SourceRefused, match="more than 5 pages") as refused:
        extract(paged("page_number", max_pages=5), connection=api_server.connection())
    assert "max_pages" in refused.value.remedy
    assert len(api_server.asked) == 5


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9/orders",
        "https://127.0.0.1:{port}/orders",
        "//evil.example.com/orders",
        "http://localhost:{port}/orders",
        "http://user@127.0.0.1:{port}/orders",
        "http://127.0.0.1:{port}@evil.example.com/",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("kind", ["next_url", "link_header"])
def test_no_token_goes_to_another_host(
    extract: Extract, api_server: Any, target: str, kind: str
) -> None:
    reported = target.format(port=api_server.port)
    api_server.answer = lambda asked: api_server.Reply(
        body={"data": [{"id": 1}], "next": reported}, headers={"Link": f'<{reported}>; rel="next"'}
    )
    keys = {"url": "next"} if kind == "next_url" else {}
    pages = source(records="data", auth={"type": "bearer"}, pagination={"type": kind, **keys})
    with pytest.raises(SourceRefused, match="its credentials go to no other place"):
        extract(pages, connection=api_server.connection(password="s3cr3t-token"))
    assert len(api_server.asked) == 1


def test_a_total_that_falls_with_every_page_is_an_error(extract: Extract, api_server: Any) -> None:
    def answer(asked: Any) -> Any:
        page = by_page(asked)
        page["meta"]["total"] += 100 - len(api_server.asked)
        return page

    api_server.answer = answer
    with pytest.raises(SourceUnavailable, match="keeps shrinking: its total fell 21 times"):
        extract(
            paged("page_number", total_records="meta.total"), connection=api_server.connection()
        )


@pytest.mark.parametrize("kind", ["page_number", "offset"])
def test_pages_that_end_before_the_total_are_not_trusted(
    extract: Extract, api_server: Any, kind: str
) -> None:
    api_server.answer = lambda asked: {
        "data": ORDERS[:2] if len(api_server.asked) == 1 else [],
        "total": 7,
    }
    with pytest.raises(SourceUnavailable, match="there are 7: 5 are missing"):
        extract(paged(kind, total_records="total"), connection=api_server.connection())


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({}, r"no total: nothing at `meta.total`: `meta` is an empty object"),
        ({"total": None}, "no total: `meta.total` is null"),
        ({"total": -1}, "no total: `meta.total` is a number"),
        ({"total": "many"}, "no total: `meta.total` is a text"),
    ],
)
def test_a_total_that_is_missing_is_reported(
    extract: Extract, api_server: Any, meta: dict[str, Any], said: str
) -> None:
    api_server.answer = lambda asked: {"data": ORDERS, "meta": meta}
    with pytest.raises(SourceRefused, match=said):
        extract(
            paged("page_number", total_records="meta.total"), connection=api_server.connection()
        )


@pytest.mark.parametrize("cursor", [["a"], {"a": 1}, True, 1.5])
def test_a_value_that_is_not_a_cursor_is_reported(
    extract: Extract, api_server: Any, cursor: Any
) -> None:
    api_server.answer = lambda asked: {"data": ORDERS, "next": cursor}
    with pytest.raises(SourceRefused, match=r"`next` is .*, which cannot identify a page"):
        extract(paged("cursor", cursor="next"), connection=api_server.connection())


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (b'{"data": [{"id": 1}], "data": [{"id": 2}]}', {}),
        (b'{"a": {"data": []}, "a": {"data": [{"id": 2}]}}', {"records": "a.data"}),
        (
            b'{"data": [], "next": null, "\\u006eext": "x"}',
            {"pagination": {"type": "cursor", "cursor": "next"}},
        ),
        (
            b'{"data": [], "more": true, "more": false}',
            {"pagination": {"type": "page_number", "has_more": "more"}},
        ),
        (
            b'{"data": [], "meta": {"total": 1, "total": 0}}',
            {"pagination": {"type": "page_number", "total_records": "meta.total"}},
        ),
        (
            b'{"data": [{"id": 1, "id": 2}]}',
            {"pagination": {"type": "cursor", "last_record": "id"}},
        ),
    ],
)
def test_nothing_is_read_from_behind_a_key_that_stands_twice(
    extract: Extract, api_server: Any, body: bytes, keys: dict[str, Any]
) -> None:
    api_server.answer = lambda asked: body
    with pytest.raises(SourceRefused, match="is there more than once") as refused:
        extract(source(**{"records": "data", **keys}), connection=api_server.connection())
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("body", "records", "said"),
    [
        (
            {"rows": [], "meta": 1},
            "data",
            r"nothing at `data`: the body is an object .* rows, meta",
        ),
        ({"data": {"rows": []}}, "data.items", "`data` is an object with the keys rows"),
        ({"data": None}, "data.items", "nothing at `data.items`: `data` is null"),
        ({"data": {"items": {"1": {}}}}, "data.items", "`data.items` is an object with the keys 1"),
        ([[1]], "data", "nothing at `data`: the body is a list"),
        ({"data": []}, "", "the body is not a list of records, it is an object with the keys data"),
        ("no", "", "the body is not a list of records, it is a text"),
    ],
)
def test_records_that_are_not_where_the_spec_says_are_reported(
    extract: Extract, api_server: Any, body: Any, records: str, said: str
) -> None:
    api_server.answer = lambda asked: body
    with pytest.raises(SourceRefused, match=said) as refused:
        extract(source(records=records), connection=api_server.connection())
    assert f"{api_server.url}/orders: 200" in refused.value.problem
    assert "records" in refused.value.remedy


def test_a_list_is_no_single_record(extract: Extract, api_server: Any) -> None:
    with pytest.raises(SourceRefused, match="the body is not a record, it is a list"):
        extract(source(single_record=True), connection=api_server.connection())


@pytest.mark.parametrize(
    "body",
    [b"<html>Log in</html>", b'{"data": [', b"\xff\xfe", b"[" * 100_000],
    ids=["html", "cut", "binary", "deep"],
)
def test_what_is_no_json_is_reported(extract: Extract, api_server: Any, body: bytes) -> None:
    api_server.answer = lambda asked: api_server.Reply(
        body=body, headers={"Content-Type": "text/html"}
    )
    with pytest.raises(SourceRefused, match="/orders: 200 with text/html instead of JSON"):
        extract(source(), connection=api_server.connection())


def test_a_body_that_is_too_large_is_refused(
    extract: Extract, api_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medallion.sources.http.client.LARGEST_BODY", 1024**2)
    api_server.answer = lambda asked: api_server.Reply(body=b" " * (1024**2 + 1))
    with pytest.raises(SourceRefused, match="larger than 1 MiB"):
        extract(source(), connection=api_server.connection())


# What statuses and bodies mean


@pytest.mark.parametrize(
    ("responses", "status", "error", "said"),
    [
        ({}, 500, SourceUnavailable, "the server answers 500"),
        ({}, 429, SourceUnavailable, "429, too many requests"),
        ({}, 403, SourceRefused, r"/orders: 403: no such shop"),
        ({}, 302, SourceRefused, r"/orders: 302: no such shop"),
        ({"retry": [403]}, 403, SourceUnavailable, "the server answers 403"),
        ({"rate_limited": [403]}, 403, SourceUnavailable, "403, too many requests"),
        ({"fail": [503]}, 503, SourceRefused, "503: no such shop"),
        ({"error": "error.message"}, 200, SourceRefused, "/orders: 200: no such shop"),
        ({"error": "error"}, 422, SourceRefused, "/orders: 422: no such shop"),
        ({"error": "else"}, 422, SourceRefused, "/orders: 422: no such shop"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_what_statuses_and_bodies_mean(
    extract: Extract,
    api_server: Any,
    responses: dict[str, Any],
    status: int,
    error: type[Exception],
    said: str,
) -> None:
    api_server.answer = lambda asked: api_server.Reply(
        status=status, body={"error": {"message": "no such shop"}, "data": []}
    )
    with pytest.raises(error, match=said):
        extract(source(records="data", responses=responses), connection=api_server.connection())
    assert len(api_server.asked) == (3 if error is SourceUnavailable else 1)


@pytest.mark.usefixtures("impatient")
def test_what_passes_is_tried_again_and_retry_after_is_honoured(
    extract: Extract, api_server: Any
) -> None:
    start = time.monotonic()
    replies = [
        api_server.Reply(drop=True),
        api_server.Reply(status=429, headers={"Retry-After": "1"}),
        [{"id": 1}],
    ]
    api_server.answer = lambda asked: replies.pop(0)
    assert ids(extract(source(), connection=api_server.connection())) == [1]
    assert time.monotonic() - start >= 1


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_there_is_reported(extract: Extract, api_server: Any) -> None:
    with pytest.raises(SourceUnavailable, match=r"127.0.0.1:1/orders: ConnectError"):
        extract(source(), connection=api_server.connection(port=1))


@pytest.mark.parametrize("host", ["", "ftp://x", "a b", "https://user:pw@x", "x?y"])
def test_a_connection_without_an_address_is_reported(
    extract: Extract, api_server: Any, host: str
) -> None:
    with pytest.raises(SetupError, match="connection shop make no address"):
        extract(source(), connection=api_server.connection(host=host))


def _unpacked(landed: Any) -> bytes:
    return gzip.decompress(landed.bytes_of())
