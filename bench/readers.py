"""Readers of a table while it is published again and again, and PostgreSQL is killed in between."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import fmean, quantiles
from typing import Any

import psycopg
from psycopg import sql

from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace
from medallion.errors import WarehouseUnavailable
from medallion.lake.manifest import Manifest, PartInfo
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import Layer, PublishedTable
from medallion.plan.model import PublishStep
from medallion.publish.declaration import GuardSpec
from medallion.publish.dispositions import DISPOSITIONS
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.run import Run
from medallion.steps.context import StepContext
from medallion.steps.publish import step as publish
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.schemas import ensure_schemas

RATE, CONNECTIONS = 200, 8
ROWS, PUBLICATIONS = 1_000, 100
PACE = 1.0
"""Seconds from the beginning of one publication to that of the next: those of one table come
minutes apart, and those of all tables of a warehouse some seconds.
"""
PARTS, REST = 5, 10.0
"""The publications come in parts, and before, between and after these the readers are alone for
this many seconds: what else the machine does meets both alike, and a table that grows is read
alone at each of its sizes.
"""
ROWS_THAT_STAY = 100
"""Of a disposition whose table grows: a query that reads all of it would saturate the machine."""
GROWING = frozenset(("append", "scd2"))
START = datetime(2026, 1, 1, tzinfo=UTC)

_HOW = (
    f"{CONNECTIONS} connections send {RATE} queries a second, each counted from the moment at "
    f"which it was due, during {PUBLICATIONS} publications of {ROWS:,} rows by each write "
    f"disposition ({ROWS_THAT_STAY} where all of them stay), one every {PACE:g} s, with the "
    f"postmaster killed (kill -9) in the middle and started again. They come in {PARTS} parts; "
    f"before, between and after these nothing else runs for {REST:g} s (idle). Then as many "
    "publications of another table, which load the machine alike and leave the table that is read "
    "alone, and as many by hand, by the least that replaces a table: CREATE TABLE AS, an index, "
    "DROP, RENAME. Publisher, readers and server share the machine's cores. The first query of a "
    "connection is left out, but not that of the one after the kill. Beside the slowest hundredth "
    "of the queries stands what they had of a processor (reader and server process), how long they "
    "waited for one, and the rest: locks, and the disk."
)
CLAIMS = (
    Claim(
        name="readers.p99",
        what="Readers during publications: their p99 ÷ their p99 while nothing else runs",
        how=f"{_HOW} The worst of the four dispositions. The queries that the kill cut off, and "
        "the time until the server answers again, are not in it.",
        bound=Bound.AT_MOST,
        target=1.5,
    ),
    Claim(
        name="readers.back_to_back",
        what="Readers during publications one right after the other: their p99 ÷ that of no load",
        how=f"{_HOW} Here the next publication begins when the one before has ended: one core is "
        "the publisher's all the time.",
        bound=Bound.REPORTED,
    ),
    Claim(
        name="readers.own",
        what="Readers during publications: their p99 ÷ their p99 during those of another table",
        how=f"{_HOW} The worst of the four dispositions: what publishing costs the readers of the "
        "table beside the work that it is for the machine.",
        bound=Bound.AT_MOST,
        target=1.5,
    ),
    Claim(
        name="readers.by_hand",
        what="Readers of a table that four statements replace: their p99 ÷ that of no load",
        how=f"{_HOW} What no product can go below by much: a query after another table has come "
        "to its name has to be planned again, by each connection.",
        bound=Bound.REPORTED,
    ),
    Claim(
        name="readers.errors",
        what="Errors of readers, and mixtures of two publications that they saw",
        how=f"{_HOW} The one error by which each connection sees the kill is left out: it connects "
        "again. A query sees a mixture when not all rows that it reads say the same.",
        bound=Bound.AT_MOST,
        target=0.0,
        unit="",
    ),
)

# True when all is of one publication.
_ONE = "SELECT count(*) > 0 AND min(value) = max(value) FROM {}"
QUERIES: Mapping[str, str] = {
    "replace": _ONE,
    "merge": _ONE,
    "scd2": f"{_ONE} WHERE _valid_to IS NULL",
    # An interval's rows are there as a whole: ROWS_THAT_STAY.
    "append": "SELECT count(*) % 100 = 0 FROM {}",
}
_STAGE = """
CREATE {kind} {table} AS
SELECT i::bigint AS id, {value}::bigint AS value,
       {load}::bigint AS _load_id, 0 AS _bronze_part, i::bigint AS _bronze_record
FROM generate_series(1, {rows}) AS s (i)
"""


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Each disposition: readers alone, and beside publications."""
    publications = workspace.rounds(PUBLICATIONS, 2 * PARTS)
    found: list[_Found] = []
    with warehouse(workspace) as server:
        for disposition in QUERIES:
            one = _of(disposition, workspace, server, publications)
            found.append(one)
            say(one.describe())
        by_hand = _by_hand(workspace, server, publications)
        say(f"replaced by hand: {_said(by_hand.busy)}, alone {by_hand.idle:.1f} ms")
    return _results(found, by_hand, publications)


def _results(found: Sequence[_Found], by_hand: _Found, publications: int) -> list[Result]:
    size = f"{publications} publications of {ROWS:,} rows, or {ROWS_THAT_STAY} that stay"
    busy = "; ".join(f"{one.disposition} {_said(one.busy)}" for one in found)
    without_pause = "; ".join(f"{one.disposition} {_said(one.crowded)}" for one in found)
    idle = "; ".join(f"{one.idle:.1f} ms" for one in found)
    other = "; ".join(_said(one.other) for one in found)
    worst = max(one.busy["p99"] / one.idle for one in found)
    crowded = max(one.crowded["p99"] / one.idle for one in found)
    own = max(one.busy["p99"] / one.other["p99"] for one in found)
    errors = float(sum(one.errors for one in found))
    return [
        Result(claim="readers.p99", values=[worst], ours=busy, theirs=idle, size=size),
        Result(
            claim="readers.back_to_back",
            values=[crowded], ours=without_pause, theirs=idle, size=size,
        ),
        Result(claim="readers.own", values=[own], ours=busy, theirs=other, size=size),
        Result(
            claim="readers.by_hand",
            values=[by_hand.busy["p99"] / by_hand.idle],
            ours=_said(by_hand.busy), theirs=f"{by_hand.idle:.1f} ms", size=size,
        ),
        Result(claim="readers.errors", values=[errors], size=size),
    ]  # fmt: skip


def _said(one: Mapping[str, Any]) -> str:
    """A p99, and what became of the time of the queries beyond it."""
    slow = one["slow"]
    return (
        f"{one['p99']:.1f} ms (beyond it {slow['ms']:.1f} ms: {slow['ran']:.1f} on a processor, "
        f"{slow['queued']:.1f} queued for one, {slow['rest']:.1f} else)"
    )


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What the readers of one disposition's table say."""

    disposition: str
    quiet: dict[str, Any]
    """Before, between and after the parts of the publications."""
    busy: dict[str, Any]
    crowded: dict[str, Any]
    """One publication right after the other."""
    other: dict[str, Any]

    @property
    def idle(self) -> float:
        """The p99 while nothing else runs, in milliseconds."""
        return float(self.quiet["p99"])

    @property
    def errors(self) -> int:
        """What went wrong, and connections lost beyond the one of each by the kill."""
        every = (self.quiet, self.other, self.crowded, self.busy)
        lost = sum(one["lost"] for one in every) - min(self.busy["lost"], CONNECTIONS)
        return lost + sum(len(one["errors"]) for one in every)

    def describe(self) -> str:
        """For whoever watches."""
        return (
            f"{self.disposition}: {self.busy['queries']:,} queries, p50 {self.quiet['p50']:.1f} → "
            f"{self.busy['p50']:.1f} ms, p99 {self.idle:.1f} → {_said(self.busy)}, without a pause "
            f"{_said(self.crowded)}, beside another table's publications {_said(self.other)}; "
            f"{self.busy['lost']} connections lost, {self.errors} "
            f"errors {self.busy['errors'][:2] or ''}"
        )


def _of(disposition: str, workspace: Workspace, server: Warehouse, publications: int) -> _Found:
    database = EmbeddedPostgres(workspace.folder / "postgres")
    table = Table(url=server.url, disposition=disposition)
    another = Table(url=server.url, disposition=disposition, prefix="other")
    for one in (table, another):
        one.publish(0)
    reading = Reading(workspace, server, QUERIES[disposition].format(table.name.public))

    def publish(number: int) -> None:
        if number == publications // 2:
            kill_soon(database)
        table.publish(number)

    quiet, busy = _in_turn(reading, publish, publications, workspace.rounds(int(REST), 2))

    def publications_elsewhere() -> None:
        for number in _paced(range(1, publications + 1), PACE):
            another.publish(number)

    def publications_without_pause() -> None:
        for number in range(publications + 1, 2 * publications + 1):
            table.publish(number)

    other = reading.during(publications_elsewhere)
    crowded = reading.during(publications_without_pause)
    return _Found(
        disposition=disposition, quiet=quiet, busy=busy,
        other=_sum_up([other]), crowded=_sum_up([crowded]),
    )  # fmt: skip


def _in_turn(
    reading: Reading, publish: Callable[[int], None], publications: int, rest: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the readers say while nothing else runs, and beside the publications."""
    quiet, busy = [], []
    size = publications // PARTS

    def publish_part(first: int) -> None:
        for number in _paced(range(first, first + size), PACE):
            publish(number)

    for part in range(PARTS):
        quiet.append(reading.during(lambda: time.sleep(rest)))
        busy.append(reading.during(partial(publish_part, 1 + part * size)))
    quiet.append(reading.during(lambda: time.sleep(rest)))
    return _sum_up(quiet), _sum_up(busy)


def _sum_up(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answers of several times as that of one: times in milliseconds."""
    queries = [tuple(one) for answer in answers for one in answer["queries"]]
    hundredths = quantiles([one[0] for one in queries], n=100)
    slow = [one for one in queries if one[0] > hundredths[98]]
    whole, ran, queued = (fmean(column) for column in zip(*slow, strict=True))
    return {
        "queries": len(queries),
        "p50": hundredths[49],
        "p99": hundredths[98],
        "slow": {"ms": whole, "ran": ran, "queued": queued, "rest": whole - ran - queued},
        "lost": sum(answer["lost"] for answer in answers),
        "errors": [error for answer in answers for error in answer["errors"]],
    }


_BY_HAND = """
CREATE TABLE by_hand_next AS SELECT i::bigint AS id, {value}::bigint AS value
FROM generate_series(1, {rows}) AS s (i);
CREATE UNIQUE INDEX ON by_hand_next (id);
DROP TABLE IF EXISTS by_hand;
ALTER TABLE by_hand_next RENAME TO by_hand
"""


def _by_hand(workspace: Workspace, server: Warehouse, publications: int) -> _Found:
    """The least that replaces a table, in one transaction: no check, no record, no version."""
    reading = Reading(workspace, server, _ONE.format("by_hand"))
    with psycopg.connect(server.url, autocommit=True) as connection:

        def publish(number: int) -> None:
            made = sql.SQL(_BY_HAND).format(value=number, rows=ROWS)
            with connection.transaction():
                connection.execute(made)

        publish(0)
        quiet, busy = _in_turn(reading, publish, publications, workspace.rounds(int(REST), 2))
    return _Found(disposition="by hand", quiet=quiet, busy=busy, crowded=busy, other=busy)


def _paced(numbers: range, seconds: float) -> Iterator[int]:
    """Each number at its moment, or as soon as the one before is done. Ends with the last moment's
    pause."""
    due = time.monotonic()
    for number in numbers:
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due + seconds, time.monotonic())
        yield number
    time.sleep(max(0.0, due - time.monotonic()))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table that is published one interval after the other."""

    url: str
    disposition: str
    prefix: str = "read"

    @property
    def name(self) -> PublishedTable:
        """Each disposition has its own."""
        return PublishedTable(
            layer=Layer.SILVER, domain="bench", name=f"{self.prefix}_{self.disposition}"
        )

    @property
    def rows(self) -> int:
        """Of one publication."""
        return ROWS_THAT_STAY if self.disposition in GROWING else ROWS

    @property
    def staging(self) -> str:
        """The statement that makes the staging table of one."""
        return _STAGE

    def publish(self, number: int) -> None:
        """Stage an interval and publish it; again when the server went away, as Airflow would."""
        while True:
            try:
                self.stage(number)
                self.flip(number)
                return
            except WarehouseUnavailable:
                time.sleep(0.2)

    def flip(self, number: int) -> None:
        """Publish what was staged of an interval."""
        step = PublishStep(
            table=self.name, write_disposition=DISPOSITIONS[self.disposition], primary_key=("id",),
            guard=GuardSpec(), keep_versions=3, grants=(), description="", column_descriptions={},
        )  # fmt: skip
        publish.run(step, self._context(number))

    def stage(self, number: int) -> None:
        """Have the rows of an interval in its staging table, as the steps before leave them."""
        context = self._context(number)
        run, staging = context.run, identifier(self.name.staging(context.run_key))
        with translate_errors("staging"), connect(self.url) as connection:
            registry.ensure(connection)
            ensure_schemas(connection, self.name)
            load = registry.open_load(connection, run, self.name)
            registry.close_load(connection, self._manifest(context, load))
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(staging))
            connection.execute(
                sql.SQL(self.staging).format(
                    kind=self._kind, table=staging, value=number, load=load, rows=self.rows
                )
            )
            connection.execute(sql.SQL("CREATE UNIQUE INDEX ON {} (id)").format(staging))
            now = datetime.now(UTC)
            registry.record_task(
                connection, run,
                registry.TaskRecord(
                    task_id=f"{self.name.name}.clean", try_number=1, step="clean",
                    status="success", started_at=now, finished_at=now, rows_in=self.rows,
                    rows_out=self.rows, rows_quarantined=0, rows_deduplicated=0,
                ),
            )  # fmt: skip

    @property
    def _kind(self) -> sql.SQL:
        """As the clean step makes it: what becomes a version has to survive a crash."""
        whole = DISPOSITIONS[self.disposition].moves_staging
        return sql.SQL("TABLE" if whole else "UNLOGGED TABLE")

    def _context(self, number: int) -> StepContext:
        start = START + timedelta(days=number)
        return StepContext(
            run=Run(
                dag_id="bench.read", run_id=f"{self.prefix}_{self.disposition}_{number}",
                interval_start=start, interval_end=start + timedelta(days=1), spec_digest="0" * 64,
            ),
            task_id=f"{self.name.name}.publish", try_number=1, project_root=Path(),
            lake_root="", warehouse_url=self.url, connection={}.__getitem__,
            log=logging.getLogger("medallion"),
        )  # fmt: skip

    def _manifest(self, context: StepContext, load: int) -> Manifest:
        return Manifest(
            uri="/lake", dataset=self.name.name, load_id=load, run=context.run,
            extracted_at=datetime.now(UTC),
            source={"type": "file"}, layout=RecordLayout(format="csv"),
            parts=(PartInfo(name="a.csv", sha256="0" * 64, bytes=1, records=self.rows),),
        )  # fmt: skip


class Reading:
    """The readers, in a process of their own, for as long as something runs."""

    def __init__(self, workspace: Workspace, server: Warehouse, query: str) -> None:
        folder = workspace.fresh("readers")
        self._ready, self._done = folder / "ready", folder / "done"
        self._server = server
        self._given = {
            "query": query, "rate": RATE, "connections": CONNECTIONS, "seconds": 600,
            "ready": str(self._ready), "until": str(self._done),
        }  # fmt: skip

    def during(self, work: Callable[[], None]) -> dict[str, Any]:
        """What they say of the time that the work took."""
        for mark in (self._ready, self._done):
            mark.unlink(missing_ok=True)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(run_side, "read_table", self._given, self._server.environment)
            while not self._ready.exists() and not answer.done():
                time.sleep(0.05)
            try:
                work()
            finally:
                self._done.touch()
            return answer.result()


def kill_soon(database: EmbeddedPostgres) -> None:
    """kill -9 in the middle of what comes next; then it is started again."""

    def kill() -> None:
        pid = database.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        database.start()

    threading.Timer(0.05, kill).start()
