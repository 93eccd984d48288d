"""Lists that shrink while they are read: no record that stays is missed, none is landed twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from medallion.errors import SourceUnavailable
from medallion.sources.rest.source import RestSource

Extract = Callable[..., Any]
SIZE = 5
BY_NUMBER = {"type": "page_number", "total_records": "total"}
BY_PAGES = {"type": "page_number", "total_pages": "pages"}
BY_OFFSET = {"type": "offset", "limit": SIZE, "total_records": "total"}


MOVING: list[tuple[dict[str, Any], dict[str, int]]] = [
    (BY_NUMBER, {}),
    (BY_OFFSET, {}),
    (BY_OFFSET, {"every": 2}),
    (BY_OFFSET, {"every": 2, "place": 3}),
    (BY_NUMBER, {"every": 3, "gone": 3}),
    (BY_NUMBER, {"every": 9, "gone": 23, "records": 80}),
    (BY_PAGES, {"every": 6, "gone": SIZE}),
    (BY_PAGES, {"every": 6, "gone": 2 * SIZE + 1, "records": 90}),
]


class Moving:
    """A list from which a request in so many takes some records, at a place that was read."""

    def __init__(
        self, api: Any, *, records: int = 60, every: int = 4, gone: int = 1, place: int = 0
    ) -> None:
        self.api = api
        self.ids = list(range(records))
        self.every, self.gone, self.place = every, gone, place
        self.gives_404 = False
        api.answer = self

    def __call__(self, asked: Any) -> Any:
        if len(self.api.asked) % self.every == 0 and len(self.ids) >= self.gone + self.place:
            del self.ids[self.place : self.place + self.gone]
        start = int(asked.params.get("offset", SIZE * (int(asked.params.get("page", 1)) - 1)))
        found = self.ids[start : start + SIZE]
        if not found and self.gives_404:
            return self.api.Reply(status=404, body={"message": "no such page"})
        data = [{"id": number, "o": {"n": [number]}} for number in found]
        pages = -(-len(self.ids) // SIZE)
        return {"data": data, "total": len(self.ids), "pages": pages}


def extracted(
    extract: Extract, api: Any, pagination: dict[str, Any], *, at_once: int = 1, **keys: Any
) -> Any:
    named = {"type": "rest", "conn_id": "shop", "path": "orders", "records": "data"}
    source = RestSource.model_validate({**named, "pagination": pagination, **keys})
    return extract(source, connection=api.connection(extra={"requests_at_once": at_once}))


@pytest.mark.parametrize(("pagination", "moving"), MOVING, ids=str)
def test_what_moved_is_read_again_and_nothing_else(
    extract: Extract, api_server: Any, pagination: dict[str, Any], moving: dict[str, int]
) -> None:
    api = Moving(api_server, **moving)
    landed = extracted(extract, api_server, pagination)
    found = [record["id"] for record in landed.records()]
    assert set(found) >= set(api.ids)
    assert len(found) == len(set(found)) == landed.manifest.records
    again = landed.manifest.notes["pages_read_again"]
    assert 0 < again < len(api_server.asked)
    assert landed.bodies()[0]["data"][0] == {"id": 0, "o": {"n": [0]}}


@pytest.mark.parametrize(("pagination", "moving"), MOVING, ids=str)
def test_side_by_side_no_record_that_stays_is_missed_in_silence(
    extract: Extract, api_server: Any, pagination: dict[str, Any], moving: dict[str, int]
) -> None:
    """Requests that are under way meanwhile take more records: there may be no end of it."""
    api = Moving(api_server, **moving)
    try:
        landed = extracted(extract, api_server, pagination, at_once=8)
    except SourceUnavailable:
        assert moving
        return
    found = [record["id"] for record in landed.records()]
    assert set(found) >= set(api.ids)
    assert len(found) == len(set(found)) == landed.manifest.records


def test_a_long_list_costs_a_few_pages_for_each_record_that_goes(
    extract: Extract, api_server: Any
) -> None:
    api = Moving(api_server, records=2000, every=50)
    landed = extracted(extract, api_server, BY_NUMBER)
    assert {record["id"] for record in landed.records()} >= set(api.ids)
    assert len(api_server.asked) < 2000 / SIZE * 1.1


def test_a_last_page_that_is_gone_ends_the_list(extract: Extract, api_server: Any) -> None:
    api = Moving(api_server, records=41, every=9, place=40)
    api.gives_404 = True
    landed = extracted(extract, api_server, BY_NUMBER, responses={"ignore": [404]})
    assert [record["id"] for record in landed.records()] == list(range(40))


def test_pages_that_are_not_there_though_the_total_says_so_are_an_error(
    extract: Extract, api_server: Any
) -> None:
    api = Moving(api_server, every=10**6)
    api.gives_404 = True

    def answer(asked: Any) -> Any:
        said = api(asked)
        return said | {"total": 99} if isinstance(said, dict) else said

    api_server.answer = answer
    with pytest.raises(SourceUnavailable, match="the API says that there are 99: 39 are missing"):
        extracted(extract, api_server, BY_NUMBER, responses={"ignore": [404]})
