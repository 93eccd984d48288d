"""Readers of a table while it is published again and again, and PostgreSQL is killed in between."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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
from medallion.publish.declaration import GuardSpec, WriteDisposition
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.steps.context import StepContext, run_ref
from medallion.steps.publish import step as publish
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.connection import connect, translated
from medallion.warehouse.session.schemas import ensure_schemas

RATE, CONNECTIONS = 200, 8
ROWS, PUBLICATIONS = 1_000, 100
START = datetime(2026, 1, 1, tzinfo=UTC)

_HOW = (
    f"{CONNECTIONS} connections send {RATE} queries a second, each counted from the moment at "
    f"which it was due, first with nothing else going on, then during {PUBLICATIONS} publications "
    f"of {ROWS:,} rows by each write disposition; in the middle the postmaster is killed (kill -9) "
    "and started again."
)
CLAIMS = (
    Claim(
        name="readers.p99",
        what="Readers during publications: their p99 ÷ their p99 while nothing goes on",
        how=f"{_HOW} The worst of the four dispositions. The queries that the kill cut off, and "
        "the time until the server answers again, are not in it.",
        bound=Bound.AT_MOST,
        target=1.5,
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
QUERIES: Mapping[WriteDisposition, str] = {
    WriteDisposition.REPLACE: _ONE,
    WriteDisposition.MERGE: _ONE,
    WriteDisposition.SCD2: f"{_ONE} WHERE _valid_to IS NULL",
    # An interval's rows are there as a whole.
    WriteDisposition.APPEND: "SELECT count(*) % 1000 = 0 FROM {}",
}
_STAGE = """
CREATE {kind} {table} AS
SELECT i::bigint AS id, {value}::bigint AS value,
       {load}::bigint AS _load_id, 0 AS _bronze_part, i::bigint AS _bronze_record
FROM generate_series(1, {rows}) AS s (i)
"""


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Each disposition: readers alone, then readers beside publications."""
    publications = workspace.rounds(PUBLICATIONS, 10)
    ratios, errors, figures = [], 0, []
    with warehouse(workspace) as server:
        database = EmbeddedPostgres(workspace.folder / "postgres")
        for disposition, query in QUERIES.items():
            table = Table(url=server.url, disposition=disposition)
            table.publish(0)
            reading = Reading(workspace, server, query.format(table.name.public))
            idle = reading.during(lambda: time.sleep(workspace.rounds(20, 3)))

            def publications_and_a_kill(table: Table = table) -> None:
                for number in range(1, publications + 1):
                    if number == publications // 2:
                        kill_soon(database)
                    table.publish(number)

            busy = reading.during(publications_and_a_kill)
            found = [*idle["errors"], *busy["errors"]]
            errors += len(found) + max(0, busy["lost"] - CONNECTIONS) + idle["lost"]
            ratios.append(busy["p99"] / idle["p99"])
            figures.append(f"{disposition} {busy['p99']:.1f} of {idle['p99']:.1f} ms")
            say(
                f"{disposition}: {busy['queries']:,} queries, p50 {idle['p50']:.1f} → "
                f"{busy['p50']:.1f} ms, p99 {idle['p99']:.1f} → {busy['p99']:.1f} ms, "
                f"{busy['lost']} connections lost, {len(found)} errors {found[:2] or ''}"
            )
    size = f"{publications} publications of {ROWS:,} rows"
    return [
        Result(claim="readers.p99", values=[max(ratios)], ours="; ".join(figures), size=size),
        Result(claim="readers.errors", values=[float(errors)], size=size),
    ]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table that is published one interval after the other."""

    url: str
    disposition: WriteDisposition

    @property
    def name(self) -> PublishedTable:
        """Each disposition has its own."""
        return PublishedTable(layer=Layer.SILVER, domain="bench", name=f"read_{self.disposition}")

    def publish(self, number: int) -> None:
        """Stage an interval and publish it; again when the server went away, as Airflow would."""
        step = PublishStep(
            table=self.name, write_disposition=self.disposition, primary_key=("id",),
            guard=GuardSpec(), keep_versions=3, grants=(), description="", column_descriptions={},
        )  # fmt: skip
        while True:
            try:
                self._stage(number)
                publish.run(step, self._context(number))
                return
            except WarehouseUnavailable:
                time.sleep(0.2)

    def _stage(self, number: int) -> None:
        context = self._context(number)
        run, staging = run_ref(context), identifier(self.name.staging(context.run_key))
        with translated("staging"), connect(self.url) as connection:
            registry.ensure(connection)
            ensure_schemas(connection, self.name)
            load = registry.open_load(connection, run, self.name)
            registry.close_load(connection, self._manifest(context, load))
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(staging))
            connection.execute(
                sql.SQL(_STAGE).format(
                    kind=self._kind, table=staging, value=number, load=load, rows=ROWS
                )
            )
            connection.execute(sql.SQL("CREATE UNIQUE INDEX ON {} (id)").format(staging))
            now = datetime.now(UTC)
            registry.record_task(
                connection, run,
                registry.TaskRecord(
                    task_id=f"{self.name.name}.clean", try_number=1, step="clean",
                    status="success", started_at=now, finished_at=now, rows_in=ROWS,
                    rows_out=ROWS, rows_quarantined=0, rows_deduplicated=0,
                ),
            )  # fmt: skip

    @property
    def _kind(self) -> sql.SQL:
        """As the clean step makes it: what becomes a version has to survive a crash."""
        whole = self.disposition is WriteDisposition.REPLACE
        return sql.SQL("TABLE" if whole else "UNLOGGED TABLE")

    def _context(self, number: int) -> StepContext:
        start = START + timedelta(days=number)
        return StepContext(
            dag_id="bench.read", run_id=f"{self.disposition}_{number}",
            task_id=f"{self.name.name}.publish", try_number=1, interval_start=start,
            interval_end=start + timedelta(days=1), spec_digest="0" * 64, project_root=Path(),
            lake_root="", warehouse_url=self.url, connection={}.__getitem__,
            log=logging.getLogger("medallion"),
        )  # fmt: skip

    def _manifest(self, context: StepContext, load: int) -> Manifest:
        return Manifest(
            uri="/lake", dag_id=context.dag_id, run_id=context.run_id, dataset=self.name.name,
            load_id=load, interval_start=context.interval_start,
            interval_end=context.interval_end, spec_digest="", extracted_at=datetime.now(UTC),
            source={"type": "file"}, layout=RecordLayout(format="csv"),
            parts=(PartInfo(name="a.csv", sha256="0" * 64, bytes=1, records=ROWS),),
        )  # fmt: skip


class Reading:
    """The readers, in a process of their own, for as long as something goes on."""

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
