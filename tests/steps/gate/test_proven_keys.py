"""A unique index answers for the whole of its table, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import sql
from tests.steps.gate.test_step import gate_of
from tests.steps.staged import READINGS, Run

from medallion.publish.relations import identifier
from medallion.steps.gate import staging as gate_staging
from medallion.steps.gate.staging import StagedTable
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.relations import columns_of

COLUMNS = "id bigint, number bigint, part int, sensor text"
ROWS = [(1, 1, 1, "a"), (2, 2, 1, "b"), (3, 3, 2, "b"), (4, None, 2, None), (5, None, 2, None)]
ASKED = ({"unique": {"column": "number"}}, {"unique": {"columns": ["number", "part"]}})


@pytest.fixture
def run(warehouse_db: str) -> Run:
    """A run whose rows are staged; its primary key is another column than those asked about."""
    run = Run(url=warehouse_db, day=0)
    run.stage(ROWS, columns=COLUMNS)
    return run


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """What Great Expectations has sent to the server."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


def add(run: Run, index: str) -> None:
    """Make an index on the staged table, which `{}` names."""
    name = identifier(READINGS.staging(run.context().run_key))
    with connect(run.url) as connection:
        connection.execute(sql.SQL(index).format(name))


def judge(run: Run, *checks: dict[str, Any]) -> list[tuple[bool, int | None]]:
    """Whether each check passes, and how many rows fail it."""
    name = READINGS.staging(run.context().run_key)
    with connect(run.url) as connection:
        table = StagedTable(name=name, columns=columns_of(connection, name))
    found = gate_staging.evaluate(run.url, table, gate_of(*checks).checks)
    return [(one.success, one.unexpected) for one in found]


def count_searches(sent: list[str]) -> int:
    """How many queries looked for keys that are there twice; those of no rows did not."""
    counting = [text for text in sent if "unexpected_count" in text and "_num_rows" in text]
    return sum("false" not in text for text in counting)


@pytest.mark.parametrize("index", ["number", "part, number"])
def test_no_row_is_read_for_a_key_that_an_index_proves(
    run: Run, sent: list[str], index: str
) -> None:
    add(run, f"CREATE UNIQUE INDEX ON {{}} ({index})")
    assert judge(run, *ASKED) == [(True, 0), (True, 0)]
    assert count_searches(sent) == (0 if index == "number" else 1)


OTHERS = (
    "INDEX ON {} (number)",
    "UNIQUE INDEX ON {} (number, part, sensor)",
    "UNIQUE INDEX ON {} (number) WHERE part = 1",
    "UNIQUE INDEX ON {} ((number + 1))",
    "UNIQUE INDEX ON {} (part, number) INCLUDE (sensor)",
)


def test_another_index_proves_nothing_of_a_column(run: Run, sent: list[str]) -> None:
    for index in OTHERS:
        add(run, f"CREATE {index}")
    assert judge(run, ASKED[0]) == [(True, 0)]
    assert count_searches(sent) == 1


def test_a_key_that_is_there_twice_is_found(run: Run) -> None:
    add(run, "CREATE UNIQUE INDEX ON {} (number)")
    pair = {"unique": {"columns": ["part", "sensor"]}}
    assert judge(run, {"unique": {"column": "sensor"}}, pair) == [(False, 2), (True, 0)]


def test_what_is_proven_of_all_rows_is_proven_of_some(run: Run, sent: list[str]) -> None:
    add(run, "CREATE UNIQUE INDEX ON {} (number)")
    asked = {"column": "number", "row_condition": 'col("part") == 1'}
    assert judge(run, {"expect_column_values_to_be_unique": asked}) == [(True, 0)]
    assert count_searches(sent) == 0
