"""What Great Expectations is going to ask of a table, written before it is there to ask.

These are its own queries in SQLAlchemy's terms: the number of rows, the missing values of a column,
the values that a check does not expect, the rows of keys that are there twice. An answer is used
only for a question of the very same text (`ahead.py`). So this may say less than GX asks, or
something else after GX has changed: then GX asks the server itself, and only time is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from medallion.checks.outcome import PlannedCheck

if TYPE_CHECKING:
    import sqlalchemy as sa

Arguments = Mapping[str, Any]
Expected = Callable[["sa.ColumnClause[Any]", Arguments], "sa.ColumnElement[Any] | None"]
"""What is true of the values that a check expects; None: GX finds that without the table's rows."""

UNIQUE = "expect_column_values_to_be_unique"
_NOT_NULL = "expect_column_values_to_not_be_null"
_ROWS = ("expect_table_row_count_to_be_between", "expect_table_row_count_to_equal")


def _between(column: sa.ColumnClause[Any], given: Arguments) -> sa.ColumnElement[Any] | None:
    import sqlalchemy as sa

    low, high = (_read_bound(given.get(key)) for key in ("min_value", "max_value"))
    bounds: list[sa.ColumnElement[Any]] = []
    if low is not None:
        bound = sa.literal(low)
        bounds.append(column > bound if given.get("strict_min") else column >= bound)
    if high is not None:
        bound = sa.literal(high)
        bounds.append(column < bound if given.get("strict_max") else column <= bound)
    return sa.and_(*bounds) if bounds else None


def _read_bound(value: Any) -> Any:
    """GX takes whole numbers for numbers with a point here."""
    return float(value) if type(value) is int else value


def _in_set(column: sa.ColumnClause[Any], given: Arguments) -> sa.ColumnElement[Any] | None:
    values = [value for value in given["value_set"] or () if value is not None]
    return column.in_(values) if values else None


def _not_in_set(column: sa.ColumnClause[Any], given: Arguments) -> sa.ColumnElement[Any] | None:
    values = tuple(given["value_set"] or ())
    return column.not_in(values) if values else None


def _matches(column: sa.ColumnClause[Any], given: Arguments) -> sa.ColumnElement[Any] | None:
    return _compare(column, "~", given["regex"])


def _matches_not(column: sa.ColumnClause[Any], given: Arguments) -> sa.ColumnElement[Any] | None:
    return _compare(column, "!~", given["regex"])


def _compare(column: sa.ColumnClause[Any], by: str, text: str) -> sa.ColumnElement[Any]:
    import sqlalchemy as sa

    return column.op(by)(sa.literal(text))


_EXPECTED: Mapping[str, Expected] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_match_regex": _matches,
    "expect_column_values_to_not_match_regex": _matches_not,
}
_COUNTED = {*_EXPECTED, _NOT_NULL, UNIQUE}
"""The checks that say of how many rows, and how many have no value."""


def foresee_scan(
    table: str, checks: Sequence[PlannedCheck], kwargs: Mapping[str, Arguments]
) -> sa.Select[Any] | None:
    """All that one scan of the table can tell; None: nothing that is known of here.

    Args:
        table: its name, to be found by the search path.
        checks: those that are asked of all its rows, and others, which are left out.
        kwargs: by check id, the arguments as GX takes them.
    """
    import sqlalchemy as sa

    asked = [(c.expectation, kwargs[c.check_id]) for c in checks if _is_of_all_rows(c, kwargs)]
    counted = [(name, given) for name, given in asked if name in _COUNTED]
    if not counted and not any(name in _ROWS for name, _ in asked):
        return None
    columns = dict.fromkeys(given["column"] for _, given in counted)
    missing = [sa.column(name).is_(None) for name in columns]
    unexpected = [_find_unexpected(name, given) for name, given in counted]
    counts = [_count(condition) for condition in (*missing, *unexpected) if condition is not None]
    return sa.select(sa.func.count(), *counts).select_from(_rows_of(table))


def list_keys(checks: Iterable[PlannedCheck], kwargs: Mapping[str, Arguments]) -> list[str]:
    """The columns whose values are to be there once."""
    return list(
        dict.fromkeys(
            kwargs[check.check_id]["column"]
            for check in checks
            if check.expectation == UNIQUE and _is_of_all_rows(check, kwargs)
        )
    )


def foresee_search(table: str, column: str, columns: Iterable[str]) -> sa.Select[Any]:
    """The number of rows whose value of a column another row has, too.

    Args:
        table: its name, to be found by the search path.
        column: the one whose values are to be there once.
        columns: the names of all columns.
    """
    import sqlalchemy as sa

    label = "_num_rows"
    while label in set(columns):
        label = f"_{label}"
    value: sa.ColumnClause[Any] = sa.column(column)
    rows = sa.select(sa.text("*")).select_from(_rows_of(table)).where(value.is_not(None))
    numbered = (
        sa.select(value, sa.func.count().over(partition_by=value).label(label))
        .select_from(rows.subquery())
        .alias("column_values_count_per_value_subquery")
    )
    twice = sa.and_(sa.not_(value.is_(None)), sa.not_(numbered.c[label] < 2))
    one, none = (sa.cast(number, sa.Numeric) for number in (1, 0))
    each = sa.select(sa.case((twice, one), else_=none).label("condition")).subquery()
    total: sa.Label[Any] = sa.func.sum(sa.column("condition")).label("unexpected_count")
    return sa.select(
        sa.select(total).select_from(each).alias("UnexpectedCountSubquery").c.unexpected_count
    )


def _is_of_all_rows(check: PlannedCheck, kwargs: Mapping[str, Arguments]) -> bool:
    return "row_condition" not in kwargs[check.check_id]


def _find_unexpected(name: str, given: Arguments) -> sa.ColumnElement[Any] | None:
    import sqlalchemy as sa

    column: sa.ColumnClause[Any] = sa.column(given["column"])
    expected = _EXPECTED[name](column, given) if name in _EXPECTED else None
    if expected is None:
        return None
    return sa.and_(sa.not_(column.is_(None)), sa.not_(expected))


def _count(condition: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    import sqlalchemy as sa

    return sa.func.sum(sa.case((condition, 1), else_=0))


def _rows_of(table: str) -> sa.Subquery:
    import sqlalchemy as sa

    return sa.select(sa.text("*")).select_from(sa.table(table)).where(sa.true()).subquery()
