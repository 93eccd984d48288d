"""What a guard refuses, on a first load as on any other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.errors import DataRejected
from medallion.publish.declaration import GuardSpec
from medallion.steps.publish import step as publish
from medallion.warehouse.quarantine.rejects import RejectsWriter
from medallion.warehouse.session.connection import connect
from medallion.warehouse.tables.staging import create_rejects


def run_of(url: str, *, good: int, bad: int = 0, conflicting: int = 0) -> Run:
    """A first run with so many good rows and so many in quarantine."""
    run = Run(url=url, day=0)
    run.stage(
        [(number, "a") for number in range(good)],
        quarantined=bad,
        deduplicated=conflicting,
        conflicting=conflicting,
    )
    rejects = READINGS.rejects(run.context().run_key)
    with connect(url) as connection:
        create_rejects(connection, rejects)
    with RejectsWriter(url, rejects) as writer:
        for number in range(bad):
            reasons = [f'value: "{number}" is not a number', *(["id: is empty"] * (number == 0))]
            writer.add(reasons=reasons, record="{}", load_id=1, part=0, number=number)
    return run


def of_quarantine(limit: float | None) -> GuardSpec:
    return GuardSpec(max_quarantined_percent=limit)


def of_conflicts(limit: float | None) -> GuardSpec:
    return GuardSpec(max_conflicting_percent=limit)


@pytest.mark.parametrize(
    ("good", "bad", "guard"),
    [
        (73, 2923, of_quarantine(98)),
        (1, 4, of_quarantine(None)),
        (4, 1, GuardSpec()),
        (1, 1, GuardSpec()),
        (1, 18, GuardSpec(warn_below_rows=20)),
    ],
)
def test_rows_may_step_aside_by_ones(
    warehouse_db: str, good: int, bad: int, guard: GuardSpec
) -> None:
    run = run_of(warehouse_db, good=good, bad=bad)
    result = publish.run(replace(REPLACE, guard=guard), run.context())
    assert (result.rows_out, result.rows_quarantined) == (good, bad)


@pytest.mark.parametrize(
    ("good", "bad", "guard", "figure"),
    [
        (73, 2923, GuardSpec(), "2,923 of 2,996 .*97.6 %.* allows 50 %"),
        (10, 386, GuardSpec(), "386 of 396 .*97.5 %"),
        (1, 4, GuardSpec(), "4 of 5 .*80 %"),
        (1, 19, GuardSpec(warn_below_rows=20), "19 of 20 .*95 %"),
        (98, 2, of_quarantine(0.5), "2 of 100 .*2 %.* allows 0.5 %"),
        (0, 2, GuardSpec(), "0 rows to publish, .*2 of 2 rows read"),
    ],
)
def test_a_run_that_loses_most_of_its_rows_publishes_nothing(
    warehouse_db: str, good: int, bad: int, guard: GuardSpec, figure: str
) -> None:
    run = run_of(warehouse_db, good=good, bad=bad)
    with pytest.raises(DataRejected, match=figure) as refused:
        publish.run(replace(REPLACE, guard=guard), run.context())
    assert f'Most often: value: "…" is not a number ({bad:,} rows); id: is empty (1 row)' in str(
        refused.value
    )
    assert query(warehouse_db, "SELECT to_regclass('silver_lab.readings')::text") == [(None,)]


@pytest.mark.parametrize(
    ("good", "conflicting", "guard"),
    [(19, 1, GuardSpec()), (1, 1, of_conflicts(50)), (1, 4, of_conflicts(None))],
)
def test_a_few_rows_may_give_way_to_others(
    warehouse_db: str, good: int, conflicting: int, guard: GuardSpec
) -> None:
    run = run_of(warehouse_db, good=good, conflicting=conflicting)
    result = publish.run(replace(REPLACE, guard=guard), run.context())
    assert (result.rows_out, result.rows_deduplicated) == (good, conflicting)


def test_a_key_that_many_rows_share_publishes_nothing(warehouse_db: str) -> None:
    run = run_of(warehouse_db, good=351, conflicting=41)
    reported = (
        r"41 of 392 rows \(10.5 %\) were dropped for another row with the same primary key \(id\)"
    )
    with pytest.raises(DataRejected, match=reported):
        publish.run(REPLACE, run.context())
    assert query(warehouse_db, "SELECT count(*) FROM medallion.publications") == [(0,)]


def test_a_small_table_is_warned_of_both(
    warehouse_db: str, caplog: pytest.LogCaptureFixture
) -> None:
    run = run_of(warehouse_db, good=1, bad=12, conflicting=4)
    publish.run(replace(REPLACE, guard=GuardSpec(warn_below_rows=20)), run.context())
    assert "would go to quarantine" in caplog.text
    assert "were dropped for another row" in caplog.text
