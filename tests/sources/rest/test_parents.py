"""Requests made from the records of another list: one for each, with its values, beside them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.rest.source import RestSource

Extract = Callable[..., Any]

ORDERS: list[dict[str, Any]] = [{"id": 7, "shop": {"code": "a/b"}}, {"id": 8, "shop": None}]


def items(**keys: Any) -> RestSource:
    """The items of each order, an order a page."""
    for_each = {
        "path": "v1/orders",
        "records": "data",
        "pagination": {"type": "page_number"},
        "select": {"order_id": "id"},
        **keys.pop("for_each", {}),
    }
    whole = {"path": "v1/orders/{order_id}/items", "records": "items", **keys}
    return RestSource.model_validate(
        {"type": "rest", "conn_id": "shop", "for_each": for_each, **whole}
    )


def shop(orders: list[dict[str, Any]], size: int = 1) -> Callable[[Any], Any]:
    """Orders by page; of each order as many items as its id says."""

    def answer(asked: Any) -> Any:
        if asked.path == "/v1/orders":
            start = (int(asked.params.get("page", "1")) - 1) * size
            return {"data": orders[start : start + size]}
        number = int(asked.path.split("/")[3])
        return {"items": [{"no": at, "price": 1.5} for at in range(1, number + 1)]}

    return answer


def test_a_request_is_made_for_each_record(extract: Extract, api_server: Any) -> None:
    api_server.answer = shop([{"id": 2}, {"id": 1}, {"id": 0}])
    landed = extract(items(), connection=api_server.connection())
    asked = [asked.path for asked in api_server.asked]
    assert asked == ["/v1/orders"] * 4 + [f"/v1/orders/{at}/items" for at in (2, 1, 0)]
    assert landed.manifest.records == 3
    assert [(body["_parent"], len(body["body"]["items"])) for body in landed.bodies()] == [
        ({"order_id": 2}, 2),
        ({"order_id": 1}, 1),
        ({"order_id": 0}, 0),
    ]
    layout, notes = landed.manifest.layout, landed.manifest.notes
    assert (layout.records_path, layout.with_parent) == ("body.items", True)
    assert (notes["parents"], notes["parents_pages"], notes["pages"], notes["requests"]) == (
        3, 4, 3, 7,
    )  # fmt: skip


def test_the_bodies_stay_what_they_were(extract: Extract, api_server: Any) -> None:
    body = b'{ "items" :[{"no":1, "price": 1.10}] }'
    api_server.answer = lambda asked: (
        ORDERS[:1] if asked.path == "/v1/orders" else api_server.Reply(body=body)
    )
    each = {"records": "", "pagination": {"type": "none"}}
    landed = extract(items(for_each=each), connection=api_server.connection())
    assert _unpacked(landed) == b'{"_parent":{"order_id":7},"body":' + body + b"}\n"


@pytest.mark.parametrize(
    ("keys", "body", "line"),
    [
        ({"records": ""}, b'[{"a" :1}]', b'{"_parent":{"order_id":7},"records":[{"a" :1}]}'),
        (
            {"records": "", "single_record": True},
            b'{"a" :1}',
            b'{"_parent":{"order_id":7},"records":[{"a" :1}]}',
        ),
    ],
)
def test_every_form_of_body_has_its_parent(
    extract: Extract, api_server: Any, keys: dict[str, Any], body: bytes, line: bytes
) -> None:
    api_server.answer = lambda asked: (
        {"data": ORDERS[:1] if asked.params == {"page": "1"} else []}
        if asked.path == "/v1/orders"
        else api_server.Reply(body=body)
    )
    landed = extract(items(**keys), connection=api_server.connection())
    assert _unpacked(landed) == line + b"\n"
    assert landed.manifest.layout.records_path == "records"
    assert (landed.manifest.records, landed.records()) == (1, [{"a": 1}])


def test_pieces_of_a_large_body_have_their_parent(
    extract: Extract, api_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medallion.sources.rest.selection.WHOLE_BYTES", 100)
    monkeypatch.setattr("medallion.sources.rest.pieces.PIECE_BYTES", 60)
    api_server.answer = shop([{"id": 20}])
    landed = extract(items(), connection=api_server.connection())
    bodies = landed.bodies()
    assert len(bodies) > 4
    assert {json.dumps(body["_parent"]) for body in bodies} == {'{"order_id": 20}'}
    assert [record["no"] for record in landed.records()] == list(range(1, 21))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("a/b", "/v1/shops/a%2Fb/orders"),
        ("../../admin", "/v1/shops/..%2F..%2Fadmin/orders"),
        ("x?y=1&z#f", "/v1/shops/x%3Fy%3D1%26z%23f/orders"),
        ("%2e%2e", "/v1/shops/%252e%252e/orders"),
        ("é 🎬", "/v1/shops/%C3%A9%20%F0%9F%8E%AC/orders"),
        ("{code}:data_interval_start", "/v1/shops/%7Bcode%7D%3Adata_interval_start/orders"),
        ("a\r\nX-Evil: 1\x00", "/v1/shops/a%0D%0AX-Evil%3A%201%00/orders"),
        (True, "/v1/shops/true/orders"),
        (123456789012345678901234567890, "/v1/shops/123456789012345678901234567890/orders"),
    ],
)
def test_a_value_stays_in_its_place(
    extract: Extract, api_server: Any, value: Any, path: str
) -> None:
    """In the path as one segment, in the query as one parameter."""
    api_server.answer = lambda asked: (
        [{"code": value}] if asked.path == "/v1/shops" else {"items": []}
    )
    source = items(
        for_each={
            "path": "v1/shops",
            "records": "",
            "pagination": {"type": "none"},
            "select": {"code": "code"},
        },
        path="v1/shops/{code}/orders",
        params={"q": "shop:{code}", "n": "{other}"},
    )
    landed = extract(source, connection=api_server.connection())
    assert api_server.asked[-1].path == path
    said = str(value).lower() if isinstance(value, bool) else str(value)
    assert dict(api_server.asked[-1].params) == {"q": f"shop:{said}", "n": "{other}"}
    assert [body["_parent"] for body in landed.bodies()] == [{"code": value}]


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_a_value_that_would_lead_elsewhere_is_refused(
    extract: Extract, api_server: Any, value: str
) -> None:
    api_server.answer = shop([{"id": value}])
    with pytest.raises(SourceRefused, match=r"orders/\{order_id\}/items leads elsewhere with"):
        extract(items(), connection=api_server.connection())
    assert {asked.path for asked in api_server.asked} == {"/v1/orders"}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"no": 1}, "record 2: no order_id: nothing at `id`: the record is an object with the key"),
        ({"id": None}, "record 2: no order_id: `id` is null"),
        (7, "record 2: no order_id: nothing at `id`: the record is a number"),
        ({"id": 1.5}, "record 2: `id` is a number with a fraction, which cannot be used in a"),
        ({"id": [1]}, "record 2: `id` is a list, which cannot"),
        ({"id": {"v": 1}}, "record 2: `id` is an object with the keys v, which cannot"),
        ({"id": "x" * 1001}, "record 2: `id` is a text of more than 1000 characters, or"),
        ({"id": "\ud83c"}, "record 2: `id` is a text of .* half a character, which"),
    ],
)
def test_a_parent_that_cannot_be_asked_for_is_reported(
    extract: Extract, api_server: Any, record: Any, said: str
) -> None:
    api_server.answer = shop([{"id": 1}, record], size=2)
    with pytest.raises(SourceRefused, match=f"v1/orders.page=1: 200: {said}") as refused:
        extract(items(), connection=api_server.connection())
    assert "for_each.select" in refused.value.remedy
    assert {asked.path for asked in api_server.asked} == {"/v1/orders"}


def test_parents_without_the_value_are_skipped_where_the_spec_says_so(
    extract: Extract, api_server: Any
) -> None:
    api_server.answer = shop([{"id": 1}, {"id": None}, {}, {"id": 2}], size=4)
    landed = extract(items(for_each={"missing": "skip"}), connection=api_server.connection())
    assert [body["_parent"]["order_id"] for body in landed.bodies()] == [1, 2]
    assert landed.manifest.notes["parents_skipped"] == 2


def test_a_parent_whose_value_is_there_twice_is_refused(extract: Extract, api_server: Any) -> None:
    api_server.answer = lambda asked: b'{"data": [{"id": 1, "id": 2}]}'
    with pytest.raises(SourceRefused, match="record 1: the key `id` is there more than once"):
        extract(items(), connection=api_server.connection())


def test_a_parent_that_comes_twice_is_asked_for_once(extract: Extract, api_server: Any) -> None:
    """Lists that move while they are paged through show a record on two pages."""
    api_server.answer = shop([{"id": 1, "at": "a"}, {"id": 2}, {"id": 1, "at": "b"}])
    landed = extract(items(), connection=api_server.connection())
    assert [body["_parent"]["order_id"] for body in landed.bodies()] == [1, 2]
    assert landed.manifest.notes["parents_repeated"] == 1


def test_parents_without_end_are_refused_before_anything_is_asked_of_them(
    extract: Extract, api_server: Any
) -> None:
    api_server.answer = shop([{"id": at} for at in range(4)], size=2)
    with pytest.raises(SourceRefused, match="there are more than 3 records") as refused:
        extract(items(for_each={"max_records": 3}), connection=api_server.connection())
    assert "for_each.max_records" in refused.value.remedy
    assert {asked.path for asked in api_server.asked} == {"/v1/orders"}


def test_no_parents_are_a_landing_without_records(extract: Extract, api_server: Any) -> None:
    api_server.answer = shop([])
    landed = extract(items(), connection=api_server.connection())
    assert (landed.manifest.parts, landed.manifest.notes["parents"]) == ((), 0)
    assert landed.manifest.layout.records_path == "body.items"


def test_a_child_that_is_gone_fails_unless_it_is_ignored(extract: Extract, api_server: Any) -> None:
    known = shop([{"id": 1}, {"id": 2}, {"id": 3}], size=3)

    def answer(asked: Any) -> Any:
        gone = asked.path == "/v1/orders/2/items"
        return api_server.Reply(status=404, body={"message": "no order"}) if gone else known(asked)

    api_server.answer = answer
    with pytest.raises(SourceRefused, match="/v1/orders/2/items: 404: no order"):
        extract(items(), connection=api_server.connection())
    landed = extract(items(responses={"ignore": [404]}), connection=api_server.connection())
    assert [body["_parent"]["order_id"] for body in landed.bodies()] == [1, 3]
    assert landed.manifest.notes["answers_ignored"] == 1


def test_the_pages_of_parents_that_move_are_not_trusted(extract: Extract, api_server: Any) -> None:
    def answer(asked: Any) -> Any:
        at = len(api_server.asked)
        return {"data": [{"id": at}], "total": 99 - at}

    api_server.answer = answer
    paging = {"type": "page_number", "total_records": "total"}
    with pytest.raises(SourceUnavailable, match="the total fell while paging"):
        extract(items(for_each={"pagination": paging}), connection=api_server.connection())
    assert {asked.path for asked in api_server.asked} == {"/v1/orders"}


def test_each_parent_s_pages_are_read_to_their_own_end(extract: Extract, api_server: Any) -> None:
    """Two parents whose pages have the same records are not circle, and each has its own total."""

    def answer(asked: Any) -> Any:
        if asked.path == "/v1/orders":
            return {"data": [{"id": 1}, {"id": 2}] if asked.params["page"] == "1" else []}
        start = int(asked.params["offset"])
        return {
            "items": [{"no": start}],
            "total": 2 if asked.path.startswith("/v1/orders/1") else 1,
        }

    api_server.answer = answer
    paging = {"type": "offset", "total_records": "total"}
    landed = extract(items(pagination=paging), connection=api_server.connection())
    reported = [(body["_parent"]["order_id"], body["body"]["items"]) for body in landed.bodies()]
    assert reported == [(1, [{"no": 0}]), (1, [{"no": 1}]), (2, [{"no": 0}])]


def test_a_value_in_a_body_stays_what_it_is(extract: Extract, api_server: Any) -> None:
    """Alone it keeps its type; within a text it is text."""
    api_server.answer = lambda asked: (
        {"data": ORDERS[:1] if asked.params["page"] == "1" else []}
        if asked.path == "/v1/orders"
        else {"items": []}
    )
    body = {"order": "{order_id}", "q": "id:{order_id}", "shops": ["{shop}"], "t": "{other}"}
    selected = {"order_id": "id", "shop": "shop.code"}
    extract(
        items(path="v1/items/search", body=body, for_each={"select": selected}),
        connection=api_server.connection(),
    )
    assert api_server.asked[-1].path == "/v1/items/search"
    assert api_server.asked[-1].json == {
        "order": 7, "q": "id:7", "shops": ["a/b"], "t": "{other}",
    }  # fmt: skip


def test_the_data_interval_is_in_the_requests_of_both(extract: Extract, api_server: Any) -> None:
    api_server.answer = shop([{"id": 1}])
    source = items(
        for_each={"params": {"since": ":data_interval_start_date"}},
        params={"until": ":data_interval_end_date"},
    )
    extract(source, connection=api_server.connection())
    assert api_server.asked[0].params["since"] == "2026-01-01"
    assert api_server.asked[-1].params == {"until": "2026-01-01"}


def _unpacked(landed: Any) -> bytes:
    return gzip.decompress(landed.bytes_of())
