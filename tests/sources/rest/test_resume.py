"""A try that continues where an earlier one of its run has ended, and one that must not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.lake.journal import JOURNAL
from medallion.sources.base.cursor import CursorRange, CursorWatch
from medallion.sources.rest.source import RestSource

Extract = Callable[..., Any]
PAGES = 9


def source(**keys: Any) -> RestSource:
    named = {"type": "rest", "conn_id": "shop", "path": "orders", "records": "data"}
    return RestSource.model_validate({**named, **keys})


def number_of(asked: Any) -> int:
    """Which page is asked for, whatever the way of paging."""
    given = asked.params or (asked.json if asked.body else {})
    return int(given.get("page") or int(given.get("offset", "0")) // 2 + 1)


def page(api: Any, number: int) -> Any:
    """A page that serves every way of paging."""
    last = number >= PAGES
    following = f"{api.url}/orders?page={number + 1}&sig=a%2Fb"
    records = [{"id": number * 10 + at, "text": "é" * 50} for at in range(2)] if not last else []
    body = {"data": records, "total": 2 * PAGES - 2, "next": None if last else following}
    body["cursor"] = None if last else number + 1
    links = {} if last else {"Link": f'<{following}>; rel="next"'}
    return api.Reply(body=body, headers=links)


class Shop:
    """Answers pages; from one page on it is out of order, until it is fixed."""

    def __init__(self, api: Any, broken_from: int = 6) -> None:
        self.api = api
        self.broken_from = broken_from
        api.answer = self

    def __call__(self, asked: Any) -> Any:
        number = number_of(asked)
        return self.api.Reply(status=503) if number >= self.broken_from else page(self.api, number)

    def fix(self) -> None:
        self.broken_from = 10**6
        self.api.asked.clear()

    @property
    def pages_asked(self) -> list[int]:
        return [number_of(asked) for asked in self.api.asked]


WAYS = [
    {"type": "page_number"},
    {"type": "offset", "limit": 2, "total_records": "total"},
    {"type": "cursor", "cursor": "cursor", "param": "page"},
    {"type": "next_url", "url": "next"},
    {"type": "link_header"},
]
IN_BODY = {"type": "cursor", "cursor": "cursor", "param": "page", "in": "body"}


@pytest.fixture(autouse=True)
def _quick(impatient: None) -> None:
    """No test here waits for a server that is out of order."""


def parts_of(landed: Any) -> list[Any]:
    return [(part, landed.bytes_of(number)) for number, part in enumerate(landed.manifest.parts)]


def journals(tmp_path: Path) -> list[Path]:
    return list(tmp_path.rglob(JOURNAL))


@pytest.mark.parametrize("part_bytes", [1700, 10**6])
@pytest.mark.parametrize(
    "way", [*WAYS, IN_BODY], ids=lambda way: f"{way['type']} {way.get('in', '')}"
)
def test_the_next_try_asks_for_the_rest_and_lands_the_same(
    extract: Extract,
    api_server: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    way: dict[str, Any],
    part_bytes: int,
) -> None:
    """With each part of a page or two, and with all pages in one part."""
    monkeypatch.setattr("medallion.sources.http.body_parts.PART_BYTES", part_bytes)
    shop = Shop(api_server)
    asked = source(pagination=way, body={} if "in" in way else None)
    for broken_from in (4, 6, 6):
        shop.broken_from = broken_from
        with pytest.raises(SourceUnavailable, match="503"):
            extract(asked, connection=api_server.connection())
    assert len(journals(tmp_path)) == 1
    shop.fix()
    landed = extract(asked, connection=api_server.connection())
    last = PAGES - 1 if "total_records" in way else PAGES
    assert shop.pages_asked == list(range(6, last + 1))
    assert landed.manifest.notes["pages_of_earlier_tries"] == 5
    assert landed.manifest.notes["pages"] == last
    assert journals(tmp_path) == []
    undisturbed = extract(asked, connection=api_server.connection())
    assert undisturbed.manifest.notes["requests"] == last
    assert "pages_of_earlier_tries" not in undisturbed.manifest.notes
    assert parts_of(landed) == parts_of(undisturbed)
    assert (len(landed.manifest.parts) == 1) is (part_bytes == 10**6)


def test_what_ended_before_its_manifest_was_written_asks_for_nothing(
    extract: Extract, api_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(api_server)
    shop.fix()
    asked = source(pagination=WAYS[3])

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("medallion.sources.http.body_parts.BodyParts._finish", die)
        extract(asked, connection=api_server.connection())
    api_server.asked.clear()
    landed = extract(asked, connection=api_server.connection())
    assert api_server.asked == []
    assert landed.manifest.records == 2 * PAGES - 2


def disturbed(extract: Extract, api_server: Any, asked: RestSource, **details: Any) -> Shop:
    """A first try that has landed five pages; the shop is in order again."""
    shop = Shop(api_server)
    with pytest.raises(SourceUnavailable):
        extract(asked, connection=api_server.connection(**details))
    shop.fix()
    return shop


@pytest.mark.parametrize(
    ("keys", "details"),
    [
        ({"params": {"state": "open"}}, {}),
        ({"headers": {"X-Shop": "7"}}, {}),
        ({}, {"login": "somebody else"}),
        ({}, {"host": "127.0.0.1/v2"}),
    ],
)
def test_another_request_reads_all_again(
    extract: Extract, api_server: Any, keys: dict[str, Any], details: dict[str, Any]
) -> None:
    shop = disturbed(extract, api_server, source(pagination=WAYS[0]))
    landed = extract(
        source(pagination=WAYS[0], **keys), connection=api_server.connection(**details)
    )
    assert shop.pages_asked == list(range(1, PAGES + 1))
    assert landed.manifest.records == 2 * PAGES - 2


def test_what_is_too_old_is_read_again(
    extract: Extract, api_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medallion.lake.journal.KEPT_SECONDS", 0)
    asked = source(pagination=WAYS[0])
    shop = disturbed(extract, api_server, asked)
    extract(asked, connection=api_server.connection())
    assert shop.pages_asked == list(range(1, PAGES + 1))


def test_a_part_that_was_damaged_is_read_again(
    extract: Extract, api_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("medallion.sources.http.body_parts.PART_BYTES", 700)
    asked = source(pagination=WAYS[0])
    shop = disturbed(extract, api_server, asked)
    for part in tmp_path.rglob("pages-00001.jsonl.gz"):
        part.write_bytes(part.read_bytes()[:-1] + b"x")
    landed = extract(asked, connection=api_server.connection())
    assert shop.pages_asked == list(range(1, PAGES + 1))
    assert landed.manifest.records == 2 * PAGES - 2


@pytest.mark.parametrize("cut", [1, 30, 500])
def test_a_journal_that_was_cut_leads_to_an_earlier_page(
    extract: Extract, api_server: Any, tmp_path: Path, cut: int
) -> None:
    """Its last entry was not written whole."""
    asked = source(pagination=WAYS[0])
    shop = disturbed(extract, api_server, asked)
    (journal,) = journals(tmp_path)
    journal.write_bytes(journal.read_bytes()[:-cut])
    landed = extract(asked, connection=api_server.connection())
    assert shop.pages_asked == list(range(5, PAGES + 1))
    assert landed.manifest.records == 2 * PAGES - 2


@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b"[]\n", b"7", b"\x00" * 4096, b'{"format":1}\n']
)
def test_an_unreadable_journal_counts_as_missing(
    extract: Extract, api_server: Any, tmp_path: Path, content: bytes
) -> None:
    asked = source(pagination=WAYS[0])
    shop = disturbed(extract, api_server, asked)
    (journal,) = journals(tmp_path)
    journal.write_bytes(content)
    extract(asked, connection=api_server.connection())
    assert shop.pages_asked == list(range(1, PAGES + 1))


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_cursor_that_has_expired_has_all_read_again_in_the_same_try(
    extract: Extract, api_server: Any, status: int
) -> None:
    asked = source(pagination=WAYS[2], responses={"ignore": [404]})
    disturbed(extract, api_server, asked)

    def answer(request: Any) -> Any:
        first = len(api_server.asked) == 1
        return (
            api_server.Reply(status=status, body={"message": "cursor expired"})
            if first
            else (page(api_server, number_of(request)))
        )

    api_server.answer = answer
    landed = extract(asked, connection=api_server.connection())
    assert [number_of(asked) for asked in api_server.asked] == [6, *range(1, PAGES + 1)]
    assert landed.manifest.notes["pages_of_earlier_tries"] == 0
    undisturbed = extract(asked, connection=api_server.connection())
    assert parts_of(landed) == parts_of(undisturbed)


def test_a_refusal_after_new_pages_is_one(extract: Extract, api_server: Any) -> None:
    asked = source(pagination=WAYS[2])
    disturbed(extract, api_server, asked)
    api_server.answer = lambda request: (
        page(api_server, number_of(request))
        if number_of(request) < 8
        else api_server.Reply(status=403, body={"message": "no more"})
    )
    with pytest.raises(SourceRefused, match="no more"):
        extract(asked, connection=api_server.connection())
    assert [number_of(asked) for asked in api_server.asked] == [6, 7, 8]


def test_pages_that_shrank_between_two_tries_cost_the_page_before(
    extract: Extract, api_server: Any
) -> None:
    asked = source(pagination=WAYS[1])
    disturbed(extract, api_server, asked)

    def answer(request: Any) -> Any:
        reply = page(api_server, number_of(request))
        reply.body["total"] -= 2
        reply.body["data"] = [] if number_of(request) == PAGES - 1 else reply.body["data"]
        return reply

    api_server.answer = answer
    landed = extract(asked, connection=api_server.connection())
    assert [number_of(asked) for asked in api_server.asked] == [6, 5, 7]
    assert landed.manifest.records == 2 * PAGES - 4
    assert landed.manifest.notes["pages_read_again"] == 1


@pytest.mark.parametrize("way", WAYS[1:2], ids=lambda way: way["type"])
def test_a_list_without_anything_that_was_read_is_read_again(
    extract: Extract, api_server: Any, way: dict[str, Any]
) -> None:
    """Nothing shows how far its records have moved."""
    asked = source(pagination=way)
    disturbed(extract, api_server, asked)

    def answer(request: Any) -> Any:
        reply = page(api_server, number_of(request))
        reply.body["data"] = [{"id": -record["id"]} for record in reply.body["data"]]
        reply.body["total"] -= 1
        return reply

    api_server.answer = answer
    landed = extract(asked, connection=api_server.connection())
    assert [number_of(asked) for asked in api_server.asked][:5] == [6, 5, 3, 1, 1]
    assert landed.manifest.records == 2 * PAGES - 2


def test_a_list_that_does_not_settle_is_gone_on_from_at_the_next_try(
    extract: Extract, api_server: Any, tmp_path: Path
) -> None:
    asked = source(pagination=WAYS[1])

    def answer(request: Any) -> Any:
        reply = page(api_server, number_of(request))
        reply.body["total"] -= len(api_server.asked) if number_of(request) >= 4 else 0
        reply.body["total"] += 1000
        return reply

    api_server.answer = answer
    with pytest.raises(SourceUnavailable, match="keeps shrinking: its total fell 21 times"):
        extract(asked, connection=api_server.connection())
    assert len(journals(tmp_path)) == 1


@pytest.mark.parametrize("way", WAYS[2:], ids=lambda way: way["type"])
def test_no_secret_is_in_the_journal(
    extract: Extract, api_server: Any, tmp_path: Path, way: dict[str, Any]
) -> None:
    """An API that tells the key back in its next URL is read again: its pages cannot be kept."""
    secret = "s3cr3t/k3y"
    asked = source(
        pagination=way, auth={"type": "api_key", "in": "query", "name": "key"}, records="data"
    )

    def answer(request: Any) -> Any:
        number = int(str(number_of_text(request)).rpartition("~")[2])
        reply = page(api_server, number)
        if number >= 6 and len(api_server.asked) < 9:
            return api_server.Reply(status=503)
        following = f"{api_server.url}/orders?page={number + 1}&key={request.params['key']}"
        last = reply.body["next"] is None
        reported = None if last else following.replace("/k3y", "%2Fk3y")
        cursor = None if last else f"{secret}~{number + 1}"
        links = {} if last else {"Link": f'<{reported}>; rel="next"'}
        body = {"data": reply.body["data"]}
        if way["type"] == "next_url":
            body["next"] = reported
        if way["type"] == "cursor":
            body["cursor"] = cursor
        return api_server.Reply(body=body, headers=links)

    def number_of_text(request: Any) -> str:
        return str(request.params.get("page", "1"))

    api_server.answer = answer
    connection = api_server.connection(password=secret)
    with pytest.raises(SourceUnavailable):
        extract(asked, connection=connection)
    (journal,) = journals(tmp_path)
    text = journal.read_text()
    assert "s3cr3t" not in text
    landed = extract(asked, connection=connection)
    assert landed.manifest.records == 2 * PAGES - 2
    assert "pages_of_earlier_tries" not in landed.manifest.notes


def items(**keys: Any) -> RestSource:
    for_each = {"path": "orders", "records": "data", "select": {"order_id": "id"}}
    whole = {"path": "orders/{order_id}/items", "for_each": for_each, **keys}
    return source(pagination=WAYS[0], **whole)


def test_requests_for_each_parent_go_on_in_the_middle_of_one(
    extract: Extract, api_server: Any
) -> None:
    broken = True

    def answer(asked: Any) -> Any:
        if asked.path == "/orders":
            return {"data": [{"id": at} for at in (1, 2, 3, 2)]}
        parent, number = int(asked.path.split("/")[2]), int(asked.params["page"])
        if broken and (parent, number) >= (2, 2):
            return api_server.Reply(status=503)
        return {"data": [{"no": number}] if number < 3 else []}

    api_server.answer = answer
    with pytest.raises(SourceUnavailable, match=r"/orders/2/items\?page=2: "):
        extract(items(), connection=api_server.connection())
    broken = False
    api_server.asked.clear()
    landed = extract(items(), connection=api_server.connection())
    asked = [(asked.path, asked.params["page"]) for asked in api_server.asked]
    assert asked == [
        *(("/orders/2/items", str(number)) for number in (2, 3)),
        *(("/orders/3/items", str(number)) for number in (1, 2, 3)),
    ]
    undisturbed = extract(items(), connection=api_server.connection())
    assert parts_of(landed) == parts_of(undisturbed)
    reported = ("parents", "parents_repeated", "pages")
    assert [landed.manifest.notes[key] for key in reported] == [3, 1, 9]
    assert [undisturbed.manifest.notes[key] for key in reported] == [3, 1, 9]


def test_a_cursor_of_increments_goes_on_with_what_it_has_seen() -> None:
    cursor = CursorRange(field="id", kind="integer", start=0)
    seen = CursorWatch(cursor)
    for value in (7, "x", 9, 3):
        seen.see(value)
    later = CursorWatch(cursor)
    later.go_on(json.loads(json.dumps(seen.keep())))
    later.see(8)
    assert later.note()["highest"] == "9"
    assert later.note()["records_without_value"] == 1
