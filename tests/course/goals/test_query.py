"""What a query goal says of an answer, column, row and order."""

from __future__ import annotations

from datetime import date

import pytest

from medallion.course.goals.query import QueryGoal
from medallion.publish.relations import Column
from medallion.warehouse.tables.query_rows import QueryRows

GOAL = QueryGoal(type="query", file="a.sql", ordered=True, why="because it is", look="here")


def rows(names: str, *found: tuple[object, ...]) -> QueryRows:
    columns = tuple(Column(name=name, type="text") for name in names.split())
    return QueryRows(columns=columns, rows=found, is_cut=False)


RIGHT = rows("brand films", ("a", 1), ("b", 2), ("c", 0))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (RIGHT, []),
        (rows("films brand", (1, "a"), (2, "b"), (0, "c")), []),
        (rows("brand", ("a",)), ["your answer lacks the column films; it has brand"]),
        (
            rows("brand films n", ("a", 1, 1)),
            ["your answer has a column that was not asked for: n"],
        ),
        (
            rows("brand films", ("a", 1), ("b", 2)),
            ["your answer should have 3 rows, it has 2", "missing: brand = c"],
        ),
        (
            rows("brand films", ("a", 1), ("b", 2), ("c", 1)),
            ["brand = c: films should be 0, it is 1"],
        ),
        (
            rows("brand films", ("a", 1), ("a", 1), ("b", 2), ("c", 0)),
            ["your answer should have 3 rows, it has 4", "there and not asked for: brand = a"],
        ),
        (
            rows("brand films", ("b", 2), ("a", 1), ("c", 0)),
            [
                "all 3 rows are there, in another order: row 1 should be brand = a, it is b",
            ],
        ),
    ],
)
def test_what_differs(answer: QueryRows, said: list[str]) -> None:
    assert list(GOAL.differ(RIGHT, answer)) == said


def test_without_an_order_it_is_not_looked_at() -> None:
    goal = GOAL.model_copy(update={"ordered": False})
    answer = rows("brand films", ("b", 2), ("a", 1), ("c", 0))
    assert list(goal.differ(RIGHT, answer)) == []


def test_values_that_are_equal_for_a_reader_are_equal() -> None:
    right = rows("a b", (1.50000000001, date(2026, 1, 1)))
    assert list(GOAL.differ(right, rows("a b", (1.5, date(2026, 1, 1))))) == []
