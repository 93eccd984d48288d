"""`merge` from a source that is read on: in whatever order runs are cleared, repeated and
published, the latest of the published messages decides. Held against a model in Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from tests.steps.publish.test_missing_keys import forget
from tests.steps.staged import FIRST_DAY, MERGE, READINGS, Run, query

from medallion.errors import WarehouseRefused
from medallion.publish.declaration import GuardSpec
from medallion.sources.base.cursor import CursorSpec, format_value
from medallion.sources.base.stream import PartitionRead, note_of
from medallion.steps.land.cursor_range import cursor_range
from medallion.steps.land.stream_range import find_stream_range
from medallion.steps.publish import step as publish
from medallion.warehouse.quarantine.runs import find_overtaking_run, last_publication
from medallion.warehouse.session.connection import connect

DELETED = "deleted"
NO_GUARD = GuardSpec(min_rows=0, max_shrink_percent=None)
STEP = replace(MERGE, deleted_when="gone", guard=NO_GUARD)
COLUMNS = "id bigint, value text, gone boolean"
SEEN = "SELECT id, value FROM silver_lab.readings ORDER BY id"
TOPIC = "readings"
PARTITIONS = 2
MESSAGE = tuple[int, str]


@dataclass
class Stream:
    """A topic with each key in one partition, its runs, and what these have published."""

    url: str
    log: list[tuple[int, int, str, int]] = field(default_factory=list)
    """Partition, key, value and day of each message; its offset is its place in its partition."""
    landings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    published: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Of each key the last message that was published."""

    def write(self, key: int, value: str, day: int = 0) -> None:
        self.log.append((key % PARTITIONS, key, value, day))

    def of(self, partition: int) -> list[tuple[int, str, int]]:
        return [(key, value, day) for at, key, value, day in self.log if at == partition]

    def land(self, run: Run, *, backfill: bool = False) -> None:
        """As the land step of a source of type kafka does."""
        context = replace(run.context(), backfill=backfill)
        source = SimpleNamespace(reads_stream=lambda: TOPIC)
        step: Any = SimpleNamespace(
            source=source, table=READINGS, write_disposition=STEP.write_disposition
        )
        with connect(self.url) as connection:
            asked = find_stream_range(connection, step, context)
        assert asked is not None
        reads, rows = [], dict[int, tuple[int, str]]()
        for number in range(PARTITIONS):
            messages = self.of(number)
            begin = asked.begins.get(number, 0)
            end = asked.ends.get(number, 0) if asked.ends is not None else len(messages)
            found = [
                (offset, key, value)
                for offset, (key, value, day) in enumerate(messages)
                if begin <= offset < end
                and (not backfill or day == run.day or asked.covers(number, offset))
            ]
            rows |= {key: (offset, value) for offset, key, value in found}
            reads.append(
                PartitionRead(
                    partition=number,
                    before=asked.begins.get(number),
                    begin=begin,
                    end=end,
                    records=len(found),
                    last=found[-1][0] if backfill and found else None,
                )
            )
        note = note_of(TOPIC, reads, bounded=asked.is_bounded)
        self.landings[run.context().run.run_id] = {
            "rows": rows, "offsets": note, "backfill": backfill,
        }  # fmt: skip

        self.stage(run)

    def stage(self, run: Run) -> None:
        """Clean and gate what the run has landed."""
        landing = self.landings[run.context().run.run_id]
        staged = [
            (key, None if value == DELETED else value, value == DELETED)
            for key, (_, value) in sorted(landing["rows"].items())
        ]
        run.stage(staged, columns=COLUMNS, unlogged=True, notes={"offsets": landing["offsets"]})

    def publish(self, run: Run) -> None:
        self.stage(run)
        publish.run(STEP, run.context())
        if self.landings[run.context().run.run_id]["backfill"]:
            return
        for key, (offset, value) in self.landings[run.context().run.run_id]["rows"].items():
            if key not in self.published or offset >= self.published[key][0]:
                self.published[key] = (offset, value)

    def run(self, run: Run) -> None:
        self.land(run)
        self.publish(run)

    def find_allowed(self, key: int) -> set[str | None]:
        """The states of a key that are not older than what runs that read on have published."""
        least, _ = self.published.get(key, (-1, ""))
        found: set[str | None] = {None} if least < 0 else set()
        for offset, (one, value, _) in enumerate(self.of(key % PARTITIONS)):
            if one == key and offset >= least:
                found.add(None if value == DELETED else value)
        return found

    def expected(self) -> list[tuple[int, str]]:
        return sorted((key, v) for key, (_, v) in self.published.items() if v != DELETED)


@pytest.fixture
def stream(warehouse_db: str) -> Stream:
    run = Run(url=warehouse_db, day=9, run_id="first")
    run.stage([], columns=COLUMNS)  # makes the registry
    return Stream(warehouse_db)


def scheduled(stream: Stream, day: int = 0) -> Run:
    return Run(url=stream.url, day=day)


def by_hand(stream: Stream, day: int = 0) -> Run:
    return Run(url=stream.url, day=day, run_id=f"manual__{day}")


def test_the_earlier_run_of_an_interval_restores_no_older_state(stream: Stream) -> None:
    stream.write(1, "old")
    stream.write(2, "old")
    stream.write(3, "stays")
    stream.run(scheduled(stream))
    stream.write(1, "new")
    stream.write(2, DELETED)
    stream.run(by_hand(stream))
    stream.run(scheduled(stream))
    assert query(stream.url, SEEN) == [(1, "new"), (3, "stays")] == stream.expected()
    stream.publish(scheduled(stream))  # cleared from its cleaning on
    assert query(stream.url, SEEN) == [(1, "new"), (3, "stays")]
    counted = "SELECT bool_and(rows_read = rows_published + rows_deduplicated)"
    assert query(stream.url, f"{counted} FROM medallion.publications") == [(True,)]


def test_the_earlier_run_deletes_nothing_that_the_later_one_has_brought(stream: Stream) -> None:
    stream.write(1, DELETED)
    stream.run(scheduled(stream))
    stream.write(1, "again")
    stream.run(by_hand(stream))
    stream.run(scheduled(stream))
    assert query(stream.url, SEEN) == [(1, "again")]


def test_a_run_of_an_old_interval_that_reads_the_newest_messages_brings_them(
    stream: Stream,
) -> None:
    """It had failed before it read anything, and is cleared when the next one has published."""
    stream.write(1, "old")
    stream.write(2, "old")
    stream.run(scheduled(stream, 1))
    stream.write(1, "new")
    stream.write(2, DELETED)
    stream.run(scheduled(stream, 0))
    assert query(stream.url, SEEN) == [(1, "new")]
    stream.run(scheduled(stream, 1))
    assert query(stream.url, SEEN) == [(1, "new")]


def test_a_landing_that_another_run_has_read_past_restores_nothing(stream: Stream) -> None:
    stream.run(scheduled(stream, 0))
    stream.write(1, "old")
    stream.land(scheduled(stream, 1))  # its gate fails
    stream.write(1, "new")
    stream.run(scheduled(stream, 0))  # cleared: the last one that was published reads on
    stream.publish(scheduled(stream, 1))
    assert query(stream.url, SEEN) == [(1, "new")]


def test_of_runs_at_once_the_one_that_read_further_decides(stream: Stream) -> None:
    stream.write(1, "old")
    stream.land(scheduled(stream, 1))
    stream.write(1, "new")
    stream.land(scheduled(stream, 0))
    stream.publish(scheduled(stream, 0))
    stream.publish(scheduled(stream, 1))
    assert query(stream.url, SEEN) == [(1, "new")]


def test_a_backfill_corrects_its_interval_and_nothing_that_was_read_behind_it(
    stream: Stream,
) -> None:
    stream.write(1, "old", day=0)
    stream.write(2, "wrong", day=0)
    stream.run(scheduled(stream, 0))
    stream.write(1, "new", day=1)
    stream.run(by_hand(stream, 0))
    with psycopg.connect(stream.url) as connection:
        connection.execute("UPDATE store_silver_lab.readings SET value = '?' WHERE id = 2")
    again = Run(url=stream.url, day=0, run_id="backfill__0")
    stream.land(again, backfill=True)
    stream.publish(again)
    assert query(stream.url, SEEN) == [(1, "new"), (2, "wrong")]


def test_what_a_late_run_has_read_is_not_undone_by_a_backfill_of_a_later_interval(
    stream: Stream,
) -> None:
    stream.write(1, "old", day=1)
    stream.run(scheduled(stream, 1))
    stream.write(1, "new", day=4)
    stream.run(scheduled(stream, 0))  # it had failed, and reads what is newest
    again = Run(url=stream.url, day=1, run_id="backfill__1")
    stream.land(again, backfill=True)
    stream.publish(again)
    assert query(stream.url, SEEN) == [(1, "new")]


def test_a_run_that_is_done_again_as_a_backfill_stays_in_its_place(stream: Stream) -> None:
    stream.write(1, "old", day=0)
    stream.run(scheduled(stream, 0))
    stream.write(1, "new", day=1)
    stream.run(scheduled(stream, 1))
    stream.land(scheduled(stream, 0), backfill=True)
    stream.publish(scheduled(stream, 0))
    assert query(stream.url, SEEN) == [(1, "new")]


CURSOR = CursorSpec(field="changed_at", initial_value=FIRST_DAY)


def read_source(
    run: Run, rows: Mapping[int, tuple[str, datetime]], *, backfill: bool = False
) -> None:
    """Land, stage and publish the rows of a table in the source that a run reads by its cursor."""
    source = SimpleNamespace(reads_by=lambda: CURSOR)
    step: Any = SimpleNamespace(
        source=source, table=READINGS, write_disposition=MERGE.write_disposition
    )
    with connect(run.url) as connection:
        asked = cursor_range(connection, step, replace(run.context(), backfill=backfill))
    assert asked is not None
    found = {key: row for key, row in rows.items() if asked.holds(row[1])}
    note = {
        "field": asked.field, "kind": asked.kind, "before": format_value(asked.before),
        "highest": format_value(max((at for _, at in found.values()), default=None)),
        "bounded": asked.bounded,
    }  # fmt: skip
    staged = [(key, value) for key, (value, _) in found.items()]
    run.stage(staged, unlogged=True, notes={"cursor": note})
    publish.run(replace(MERGE, guard=NO_GUARD), run.context())


def test_a_cursor_s_run_of_an_old_interval_brings_the_newest_rows(stream: Stream) -> None:
    at = [FIRST_DAY + timedelta(hours=hour) for hour in range(50)]
    read_source(scheduled(stream, 1), {1: ("old", at[1]), 2: ("old", at[2])})
    read_source(scheduled(stream, 0), {1: ("new", at[30]), 2: ("old", at[2])})
    assert query(stream.url, SEEN) == [(1, "new"), (2, "old")]
    read_source(scheduled(stream, 2), {1: ("newest", at[40]), 2: ("new", at[41])})
    # The first one is repeated. The source has kept the former state of a row.
    read_source(scheduled(stream, 1), {1: ("old", at[1]), 2: ("old", at[2])})
    assert query(stream.url, SEEN) == [(1, "newest"), (2, "new")]


def test_a_cursor_s_backfill_corrects_its_interval(stream: Stream) -> None:
    at = [FIRST_DAY + timedelta(hours=hour) for hour in range(50)]
    rows = {1: ("old", at[1]), 2: ("wrong", at[2]), 3: ("last", at[3])}
    read_source(scheduled(stream, 0), rows)
    read_source(by_hand(stream, 0), {**rows, 1: ("new", at[30])})
    backfill = Run(url=stream.url, day=0, run_id="backfill__0")
    read_source(backfill, {**rows, 2: ("right", at[2])}, backfill=True)
    assert query(stream.url, SEEN) == [(1, "new"), (2, "right"), (3, "last")]


def test_a_run_done_again_reads_no_notes_of_runs_that_came_one_after_another(
    stream: Stream,
) -> None:
    """A stream has hundreds of thousands of them, and a partition of each is in their notes."""
    for day in range(5):
        stream.write(1, f"a{day}")
        stream.write(2 + day, "b")
        stream.run(scheduled(stream, day))
    unreadable = (
        """UPDATE medallion.loads SET notes = '{"offsets": {"no": 1}}' WHERE run_id <> %s"""
    )
    with psycopg.connect(stream.url) as connection:
        connection.execute(unreadable, [scheduled(stream, 2).context().run.run_id])
    stream.run(scheduled(stream, 2))  # cleared
    stream.run(scheduled(stream, 2))
    assert query(stream.url, SEEN) == [(1, "a4"), *((2 + day, "b") for day in range(5))]


def test_a_run_that_reads_on_is_not_refused_where_deletions_are_forgotten(
    stream: Stream,
) -> None:
    """Its interval may be as old as it likes, also where it has found nothing."""
    stream.write(1, "a")
    stream.run(scheduled(stream, 0))
    with psycopg.connect(stream.url) as connection:
        connection.execute(
            "INSERT INTO medallion.forgotten_deletions VALUES ('silver', 'lab', 'readings', now())"
        )
    stream.run(scheduled(stream, 1))
    stream.write(1, "b")
    stream.run(scheduled(stream, 2))
    assert query(stream.url, SEEN) == [(1, "b")]
    with pytest.raises(WarehouseRefused, match="is known no longer"):
        stream.run(scheduled(stream, 0))


def test_messages_in_quarantine_are_not_obsolete_by_a_run_that_has_read_others(
    stream: Stream,
) -> None:
    stream.write(1, "a")
    stream.run(scheduled(stream))
    stream.write(2, "b")
    stream.run(by_hand(stream))
    run = scheduled(stream).context().run
    with connect(stream.url) as connection:
        published = last_publication(connection, READINGS, run)
        assert find_overtaking_run(connection, READINGS, run, published) is None
    again = Run(url=stream.url, day=0, run_id="backfill__0")
    stream.land(again, backfill=True)
    stream.publish(again)
    with connect(stream.url) as connection:
        assert find_overtaking_run(connection, READINGS, run, published) == "backfill__0"


KEYS, RUNS = st.integers(1, 4), st.tuples(st.integers(0, 2), st.booleans())
DEEDS = st.one_of(
    st.tuples(st.just("write"), KEYS, st.sampled_from(["value", DELETED])),
    st.tuples(st.just("run"), RUNS, st.none()),
    st.tuples(st.just("land"), RUNS, st.none()),
    st.tuples(st.just("publish"), RUNS, st.none()),
)


def empty(url: str) -> Stream:
    Run(url=url, day=9, run_id="first").stage([], columns=COLUMNS)
    forget(url)
    with psycopg.connect(url) as connection:
        for table in ("deleted_keys", "cursor_moves", "loads"):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("medallion", table)))
    return Stream(url)


def act(stream: Stream, deeds: Sequence[tuple[str, Any, Any]]) -> Iterator[None]:
    """Do them one after another, and stop behind each publication."""
    for number, (deed, what, value) in enumerate(deeds):
        if deed == "write":
            day = 3 * number // len(deeds)
            stream.write(what, value if value == DELETED else f"value {number}", day)
            continue
        day, is_by_hand = what
        run = by_hand(stream, day) if is_by_hand else scheduled(stream, day)
        if deed == "backfill":
            run = Run(url=stream.url, day=day, run_id=f"backfill__{day}")
        if deed != "publish":
            stream.land(run, backfill=deed == "backfill")
        if deed != "land" and run.context().run.run_id in stream.landings:
            stream.publish(run)
            yield


@settings(max_examples=12)
@given(st.lists(DEEDS, min_size=4, max_size=16))
def test_any_order_of_runs_ends_with_the_latest_message_of_each_key(
    warehouse_db: str, deeds: Sequence[tuple[str, Any, Any]]
) -> None:
    stream = empty(warehouse_db)
    for _ in act(stream, deeds):
        assert query(warehouse_db, SEEN) == stream.expected()


@settings(max_examples=12)
@given(st.lists(DEEDS | st.tuples(st.just("backfill"), RUNS, st.none()), min_size=4, max_size=16))
def test_no_backfill_brings_an_older_state_back(
    warehouse_db: str, deeds: Sequence[tuple[str, Any, Any]]
) -> None:
    stream = empty(warehouse_db)
    for _ in act(stream, deeds):
        found = dict(query(warehouse_db, SEEN))
        for key in range(1, 5):
            assert found.get(key) in stream.find_allowed(key)
