"""`indexes`: on each version, whatever writes it; and statistics that readers' first plans have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.steps.staged import APPEND, MERGE, REPLACE, SCD2, Run, query

from medallion.errors import WarehouseRefused
from medallion.plan.model import PublishStep
from medallion.steps.publish import step as publish

BY_VALUE = (("value",), ("value", "id"))
INDEXES = """
SELECT DISTINCT regexp_replace(indexdef, '^.* USING ', '') FROM pg_indexes
WHERE schemaname = 'store_silver_lab' AND tablename = '{}' ORDER BY 1"""


@pytest.mark.parametrize(
    "step", [REPLACE, MERGE, APPEND, SCD2], ids=lambda s: str(s.write_disposition)
)
def test_each_version_has_the_indexes_and_statistics(step: PublishStep, warehouse_db: str) -> None:
    step = replace(step, indexes=BY_VALUE)
    for day in (0, 1, 1):
        run = Run(url=warehouse_db, day=day)
        run.stage([(number, f"v{number % 7}") for number in range(50)])
        publish.run(step, run.context())
    (version,) = query(warehouse_db, "SELECT max(version) FROM medallion.current_versions")[0]
    name = f"readings__v{version}"
    found = [row[0] for row in query(warehouse_db, INDEXES.format(name))]
    assert {"btree (value)", "btree (value, id)"} <= set(found)
    count = f"SELECT count(*) FROM pg_indexes WHERE tablename = '{name}'"
    assert query(warehouse_db, count) == [(len(found),)], "none is there twice"
    known = f"SELECT count(*) FROM pg_stats WHERE tablename = '{name}' AND attname = 'value'"
    assert query(warehouse_db, known) == [(1,)]


def test_a_table_that_is_there_gets_an_index_by_its_next_publication(warehouse_db: str) -> None:
    for day, indexes in enumerate([(), (("value",),)]):
        run = Run(url=warehouse_db, day=day)
        run.stage([(day, "v")])
        publish.run(replace(MERGE, indexes=indexes), run.context())
    found = [row[0] for row in query(warehouse_db, INDEXES.format("readings__v1"))]
    assert "btree (value)" in found


def test_a_column_that_cannot_be_ordered_is_refused_and_nothing_is_published(
    warehouse_db: str,
) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "(1,2)")], columns="id bigint, value point")
    with pytest.raises(WarehouseRefused, match=r"gets no index on \(value\)"):
        publish.run(replace(REPLACE, indexes=(("value",),)), run.context())
    assert query(warehouse_db, "SELECT count(*) FROM medallion.publications") == [(0,)]
