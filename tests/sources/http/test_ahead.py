"""Pages asked for side by side: as many as the connection says, and landed as if one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.http import ahead
from medallion.sources.rest.source import RestSource

Extract = Callable[..., Any]
PAGES, SIZE = 24, 5
WAYS = (
    {"type": "page_number", "total_records": "total"},
    {"type": "page_number", "total_pages": "pages"},
    {"type": "offset", "limit": SIZE, "total_records": "total"},
)
KNOWN = pytest.mark.parametrize("way", WAYS, ids=str)


def place(asked: Any) -> int:
    """The number of the page that is asked for, from 0."""
    offset = asked.params.get("offset")
    return int(offset) // SIZE if offset is not None else int(asked.params["page"]) - 1


def page(number: int) -> dict[str, Any]:
    first = number * SIZE
    data = [{"id": at} for at in range(first, min(first + SIZE, PAGES * SIZE))]
    return {"data": data, "total": PAGES * SIZE, "pages": PAGES}


def landed(extract: Extract, api: Any, way: dict[str, Any], at_once: int = 4, **keys: Any) -> Any:
    named = {"type": "rest", "conn_id": "shop", "path": "orders", "records": "data"}
    source = RestSource.model_validate({**named, "pagination": way, **keys})
    return extract(source, connection=api.connection(extra={"requests_at_once": at_once}))


class Busy:
    """Answers of pages, each of which waits until as many requests have come as are expected."""

    def __init__(self, together: int) -> None:
        self.met = threading.Condition()
        self.together = together
        self.now = self.most = 0

    def __call__(self, asked: Any) -> Any:
        number = place(asked)
        with self.met:
            self.now += 1
            self.most = max(self.most, self.now)
            self.met.notify_all()
            if 0 < number <= self.together:  # the pages after the first come together
                assert self.met.wait_for(lambda: self.most >= self.together, 60)
            self.now -= 1
        return page(number)


@KNOWN
def test_pages_come_side_by_side_and_are_landed_in_their_order(
    extract: Extract, api_server: Any, way: dict[str, Any]
) -> None:
    api_server.answer = busy = Busy(4)
    found = landed(extract, api_server, way)
    assert [record["id"] for record in found.records()] == list(range(PAGES * SIZE))
    assert busy.most == 4
    assert sorted(map(place, api_server.asked)) == list(range(PAGES)), "each page once"


def test_a_list_without_a_total_is_read_one_page_after_the_other(
    extract: Extract, api_server: Any
) -> None:
    api_server.answer = lambda asked: page(place(asked))
    landed(extract, api_server, {"type": "page_number"})
    assert [place(asked) for asked in api_server.asked] == list(range(PAGES + 1))


def test_requests_of_parents_come_side_by_side(extract: Extract, api_server: Any) -> None:
    busy = Busy(4)

    def answer(asked: Any) -> Any:
        if asked.path.endswith("orders"):
            return [{"id": at} for at in range(9)]
        number = int(asked.path.rpartition("/")[2])
        with busy.met:
            busy.now += 1
            busy.most = max(busy.most, busy.now)
            busy.met.notify_all()
            assert busy.met.wait_for(lambda: busy.most >= 4, 60)
            busy.now -= 1
        return [{"item": number}]

    api_server.answer = answer
    found = landed(
        extract, api_server, {"type": "none"}, path="items/{order}", records="",
        for_each={"path": "orders", "select": {"order": "id"}},
    )  # fmt: skip
    assert [record["item"] for record in found.records()] == list(range(9))
    assert busy.most == 4
    assert len(api_server.asked) == 1 + 9


@KNOWN
def test_a_page_that_fails_is_tried_again_in_its_turn(
    extract: Extract, api_server: Any, way: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: set[int] = set()

    def answer(asked: Any) -> Any:
        number = place(asked)
        if number % 5 == 3 and number not in failed:
            failed.add(number)
            return api_server.Reply(status=503, headers={"Retry-After": "0"})
        return page(number)

    api_server.answer = answer
    found = landed(extract, api_server, way)
    assert [record["id"] for record in found.records()] == list(range(PAGES * SIZE))
    assert failed == {3, 8, 13, 18, 23}
    assert len(api_server.asked) == PAGES + len(failed), "a failure counts as the first attempt"


def test_a_refusal_ends_the_list_at_its_page_and_not_before(
    extract: Extract, api_server: Any
) -> None:
    seen = threading.Event()

    def answer(asked: Any) -> Any:
        number = place(asked)
        if number == 3:
            seen.set()
            return api_server.Reply(status=403, body={"message": "not yours"})
        if number == 1:
            assert seen.wait(60)
        return page(number)

    api_server.answer = answer
    with pytest.raises(SourceRefused, match="page=4: 403: not yours"):
        landed(extract, api_server, WAYS[1])


def test_the_next_try_lands_what_was_not_landed(extract: Extract, api_server: Any) -> None:
    def broken(asked: Any) -> Any:
        if place(asked) >= 10:
            return api_server.Reply(status=403, body={"message": "not today"})
        return page(place(asked))

    api_server.answer = broken
    with pytest.raises(SourceRefused):
        landed(extract, api_server, WAYS[0])
    api_server.asked.clear()
    api_server.answer = lambda asked: page(place(asked))
    found = landed(extract, api_server, WAYS[0])
    assert [record["id"] for record in found.records()] == list(range(PAGES * SIZE))
    assert found.manifest.notes["pages_of_earlier_tries"] == 10
    assert sorted(map(place, api_server.asked)) == list(range(10, PAGES))


def test_an_answer_larger_than_its_share_is_asked_for_in_its_turn(
    extract: Extract, api_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "MOST_BYTES", 4 * 2000)
    api_server.answer = lambda asked: (
        page(place(asked)) | {"padding": "x" * 3000 * (place(asked) > 5)}
    )
    found = landed(extract, api_server, WAYS[0])
    assert [record["id"] for record in found.records()] == list(range(PAGES * SIZE))
    assert len(api_server.asked) <= PAGES + 4, "no page after it is asked for before its turn"


def test_a_list_that_grows_meanwhile_loses_nothing(extract: Extract, api_server: Any) -> None:
    """Records come in at its front: each page shows some of the page before once more."""
    ids = list(range(1000, 1000 + PAGES * SIZE))
    turn = threading.Lock()

    def answer(asked: Any) -> Any:
        with turn:
            if len(api_server.asked) % 7 == 0:
                ids.insert(0, 1000 - len(api_server.asked))
            first = place(asked) * SIZE
            data = [{"id": one} for one in ids[first : first + SIZE]]
            return {"data": data, "total": len(ids)}

    api_server.answer = answer
    try:
        found = landed(extract, api_server, WAYS[0])
    except SourceUnavailable:
        pytest.fail("it only grows")
    assert {record["id"] for record in found.records()} >= set(range(1000, 1000 + PAGES * SIZE))
