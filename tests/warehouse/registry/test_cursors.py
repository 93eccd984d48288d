"""Cursors move with publications: forward, once a run, and by nothing that is bounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.steps.staged import APPEND, MERGE, READINGS, Run, query

from medallion.errors import WarehouseUnavailable
from medallion.names import Layer
from medallion.plan.model import LandStep, PublishStep
from medallion.sources.base.cursor import CursorRange, CursorSpec, format_value
from medallion.sources.rest.source import RestSource
from medallion.steps.land.cursor_range import cursor_range
from medallion.steps.publish import step as publish
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.connection import connect

SOURCE = RestSource(
    type="rest", conn_id="x", path="x", cursor=CursorSpec(field="id", initial_value=0)
)


def range_of(run: Run, step: PublishStep) -> CursorRange:
    """What the run's land step would read."""
    land = LandStep(table=READINGS, source=SOURCE, write_disposition=step.write_disposition)
    with connect(run.url) as connection:
        registry.ensure(connection)
        found = cursor_range(connection, land, run.context())
    assert found is not None
    return found


def stage(run: Run, reported: CursorRange, highest: int | None) -> None:
    """Land up to a value, without publishing."""
    run.stage([(1, "a")] if highest is None else [(highest, "a")], unlogged=True)
    note = {
        "field": reported.field,
        "kind": reported.kind,
        "before": format_value(reported.before),
        "highest": format_value(highest),
        "bounded": reported.bounded,
    }
    with psycopg.connect(run.url) as connection:
        connection.execute(
            "UPDATE medallion.loads SET notes = jsonb_build_object('cursor', %s::jsonb)"
            " WHERE run_id = %s",
            [psycopg.types.json.Jsonb(note), run.context().run.run_id],
        )


def read_to(url: str, day: int, highest: int | None, step: PublishStep = MERGE) -> CursorRange:
    run = Run(url=url, day=day)
    reported = range_of(run, step)
    stage(run, reported, highest)
    publish.run(step, run.context())
    return reported


@pytest.mark.parametrize("step", [MERGE, APPEND], ids=lambda step: step.write_disposition.name)
def test_a_run_begins_where_the_last_publication_ended(
    warehouse_db: str, step: PublishStep
) -> None:
    first, second = (read_to(warehouse_db, day, 10 + day, step) for day in (0, 1))
    third = range_of(Run(url=warehouse_db, day=2), step)
    assert [r.start for r in (first, second, third)] == [0, 10, 11]
    # A row at the very value is there already: append must not bring it again, merge may.
    assert [r.start_inclusive for r in (first, second)] == [True, step is MERGE]


def test_a_cursor_never_moves_back(warehouse_db: str) -> None:
    read_to(warehouse_db, 0, 50)
    read_to(warehouse_db, 1, 7)
    read_to(warehouse_db, 2, None)
    assert range_of(Run(url=warehouse_db, day=3), MERGE).start == 50


def test_a_run_done_again_is_bounded_by_what_it_read(warehouse_db: str) -> None:
    read_to(warehouse_db, 0, 10)
    read_to(warehouse_db, 1, 20)
    last = range_of(Run(url=warehouse_db, day=1), APPEND)
    assert (last.start, last.end, last.bounded) == (10, None, False)
    read_to(warehouse_db, 2, 30)
    again = range_of(Run(url=warehouse_db, day=1), APPEND)
    assert (again.start, again.start_inclusive) == (10, False)
    assert (again.end, again.end_inclusive, again.bounded) == (20, True, True)
    read_to(warehouse_db, 1, 20)
    assert range_of(Run(url=warehouse_db, day=3), MERGE).start == 30


def test_two_runs_at_once_do_not_append_the_same_twice(warehouse_db: str) -> None:
    one, other = Run(url=warehouse_db, day=0), Run(url=warehouse_db, day=1)
    for run in (one, other):
        stage(run, range_of(run, APPEND), 10)
    publish.run(APPEND, other.context())
    with pytest.raises(
        WarehouseUnavailable, match="another run has already published from the beginning"
    ):
        publish.run(APPEND, one.context())
    assert query(warehouse_db, "SELECT count(*) FROM silver_lab.readings") == [(1,)]
    again = range_of(one, APPEND)
    assert again.start == 10
    stage(one, again, None)
    publish.run(APPEND, one.context())


def test_a_published_run_may_be_published_again_while_another_moved(warehouse_db: str) -> None:
    for day, highest in ((0, 10), (1, 20), (0, 10)):
        read_to(warehouse_db, day, highest, APPEND)
    assert query(warehouse_db, "SELECT id FROM silver_lab.readings ORDER BY 1") == [(10,), (20,)]


def test_a_run_that_is_published_again_does_not_take_what_others_have_read_since(
    warehouse_db: str,
) -> None:
    for day, highest in ((0, 10), (1, 20), (0, 10)):
        read_to(warehouse_db, day, highest, APPEND)
    run = Run(url=warehouse_db, day=0)
    stage(run, replace(range_of(run, APPEND), bounded=False), 10)
    publish.run(APPEND, run.context())
    assert range_of(run, APPEND).end == 10
    assert range_of(Run(url=warehouse_db, day=2), APPEND).start == 20


def test_another_table_of_the_same_name_has_its_own(warehouse_db: str) -> None:
    read_to(warehouse_db, 0, 10)
    other = replace(READINGS, domain="shop", layer=Layer.SILVER)
    land = LandStep(table=other, source=SOURCE, write_disposition=MERGE.write_disposition)
    with connect(warehouse_db) as connection:
        found = cursor_range(connection, land, Run(url=warehouse_db, day=1).context())
    assert found is not None
    assert found.start == 0


def test_what_is_appended_with_a_lookback_is_read_once_it_is_that_old(warehouse_db: str) -> None:
    spec = CursorSpec(field="at", initial_value=datetime(2026, 1, 1, tzinfo=UTC), lookback="10m")
    source = SOURCE.model_copy(update={"cursor": spec})
    land = LandStep(table=READINGS, source=source, write_disposition=APPEND.write_disposition)
    before = datetime.now(UTC)
    with connect(warehouse_db) as connection:
        registry.ensure(connection)
        found = cursor_range(connection, land, Run(url=warehouse_db, day=0).context())
    assert found is not None
    assert not found.bounded
    assert isinstance(found.end, datetime)
    assert before <= found.end + timedelta(minutes=10) <= datetime.now(UTC)
