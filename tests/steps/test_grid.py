"""Whatever becomes of runs, the final table is that of good runs, one after the other, in order.

Each day brings a row of its own, one of a key that all days share, and a record that nobody can
read. What becomes of a kill -9 within each step: test_kill_matrix.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest
from tests.steps.staged import APPEND, MERGE, READINGS, REPLACE, SCD2, Run, query

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.errors import DataRejected
from medallion.names import Layer
from medallion.plan.model import GateStep, PublishStep
from medallion.steps.gate import step as gate
from medallion.steps.publish import step as publish
from medallion.warehouse.quarantine.rejects import RejectsWriter
from medallion.warehouse.tables.staging import create_rejects

DAYS = (0, 1, 2)
SHARED = 100
IN_ORDER = {
    "replace": [(2, "day 2"), (SHARED, "day 2")],
    "merge": [(0, "day 0"), (1, "day 1"), (2, "day 2"), (SHARED, "day 2")],
    "append": [
        (0, "day 0"), (1, "day 1"), (2, "day 2"),
        (SHARED, "day 0"), (SHARED, "day 1"), (SHARED, "day 2"),
    ],
    "scd2": [
        (0, "day 0"), (1, "day 1"), (2, "day 2"),
        (SHARED, "day 0"), (SHARED, "day 1"), (SHARED, "day 2"),
    ],
}  # fmt: skip
"""What silver_lab.readings holds after the three days."""

NEVER_MET = GateStep(
    layer=Layer.SILVER,
    table=READINGS,
    checks=(
        PlannedCheck(
            check_id="row_count",
            name="row_count",
            expectation="expect_table_row_count_to_be_between",
            kwargs={"min_value": 1000},
            on_failure=OnFailure.FAIL,
            description="",
        ),
    ),
)


class Pipeline:
    """The steps from staging on, of one write disposition."""

    def __init__(self, url: str, step: PublishStep) -> None:
        self.url = url
        self.step = step

    def staged(self, day: int, run_id: str = "") -> Run:
        run = Run(url=self.url, day=day, run_id=run_id)
        rows = [(day, f"day {day}"), (SHARED, f"day {day}")]
        run.stage(rows, unlogged=not self.step.write_disposition.moves_staging, quarantined=1)
        self._quarantined(run)
        return run

    def _quarantined(self, run: Run) -> None:
        """One record a day that the cleaning could not read."""
        rejects = READINGS.rejects(run.context().run_key)
        with psycopg.connect(self.url) as connection:
            create_rejects(connection, rejects)
        with RejectsWriter(self.url, rejects) as writer:
            record = f'{{"id": "day {run.day}"}}'
            writer.add(reasons=["id: no number"], record=record, load_id=1, part=0, number=3)

    def good(self, day: int, run_id: str = "") -> None:
        publish.run(self.step, self.staged(day, run_id).context())

    def refused(self, day: int) -> None:
        with pytest.raises(DataRejected, match="row_count"):
            gate.run(NEVER_MET, self.staged(day).context())

    def at_once(self, *days: int) -> None:
        runs = [self.staged(day) for day in days]
        errors: list[Exception] = []

        def work(run: Run) -> None:
            try:
                publish.run(self.step, run.context())
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=[run]) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []

    def table(self) -> list[tuple[object, ...]]:
        return query(self.url, "SELECT id, value FROM silver_lab.readings ORDER BY 1, 2")

    def quarantine(self) -> list[tuple[object, ...]]:
        """What each run has quarantined: its record, and how often it is there."""
        return query(
            self.url,
            "SELECT record ->> 'id', count(*), count(DISTINCT run_id)"
            " FROM quarantine_silver_lab.readings GROUP BY 1 ORDER BY 1",
        )


def in_order(pipeline: Pipeline) -> None:
    for day in DAYS:
        pipeline.good(day)


def same_interval_twice(pipeline: Pipeline) -> None:
    for day in (0, 1, 1, 2, 2):
        pipeline.good(day)


def again_by_another_run(pipeline: Pipeline) -> None:
    in_order(pipeline)
    for day in DAYS:
        pipeline.good(day, run_id=f"backfill__{day}")


def shuffled(pipeline: Pipeline) -> None:
    for day in (2, 0, 1):
        pipeline.good(day)


def a_gate_that_fails_and_is_fixed(pipeline: Pipeline) -> None:
    pipeline.good(0)
    before = pipeline.table()
    pipeline.refused(1)
    assert pipeline.table() == before
    pipeline.good(2)
    pipeline.good(1)


def runs_at_once(pipeline: Pipeline) -> None:
    pipeline.at_once(2, 1, 0)


def runs_of_one_interval_at_once(pipeline: Pipeline) -> None:
    in_order(pipeline)
    pipeline.at_once(1, 2)


SCENARIOS: list[Callable[[Pipeline], None]] = [
    in_order,
    same_interval_twice,
    again_by_another_run,
    shuffled,
    a_gate_that_fails_and_is_fixed,
    runs_at_once,
    runs_of_one_interval_at_once,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
@pytest.mark.parametrize(
    "step", [REPLACE, MERGE, APPEND, SCD2], ids=lambda step: step.write_disposition.name
)
def test_the_end_is_that_of_good_runs_in_order(
    warehouse_db: str, step: PublishStep, scenario: Callable[[Pipeline], None]
) -> None:
    pipeline = Pipeline(warehouse_db, step)
    scenario(pipeline)
    assert pipeline.table() == IN_ORDER[step.write_disposition.name]
    # Each run's own, once, however often it was done.
    assert [day for day, _, _ in pipeline.quarantine()] == [f"day {day}" for day in DAYS]
    assert all(rows == runs for _, rows, runs in pipeline.quarantine())
    # That rows_read is the sum of where its rows went is a constraint of the registry's.
    assert query(
        warehouse_db,
        "SELECT count(*) FILTER (WHERE is_current), bool_and(rows_read = 3 AND"
        " rows_quarantined = 1) FROM medallion.publications",
    ) == [(1, True)]
    left = query(warehouse_db, "SELECT count(*) FROM pg_tables WHERE schemaname LIKE 'staging_%'")
    assert left == [(0,)]
