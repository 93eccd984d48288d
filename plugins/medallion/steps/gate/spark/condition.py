"""A check's `row_condition` as a condition of Spark's."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import Column

_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A column of a condition, and what it is compared with: one value, or those of a list."""

    column: str
    operator: str
    values: tuple[object, ...]

    def holds(self, column: Column) -> Column:
        """Of which values of the frame's column it is true."""
        if self.operator in ("IN", "NOT_IN"):
            is_in = column.isin(list(self.values))
            return is_in if self.operator == "IN" else ~is_in
        (value,) = self.values
        compared: Column = _COMPARED[self.operator](column, value)
        return compared


def list_comparisons(condition: object) -> Iterator[Comparison]:
    """What a condition compares, in GX's language or as a mapping."""
    of = _read(condition)
    if of["type"] == "comparison":
        yield _comparison(of)
    for part in of.get("conditions") or ():
        yield from list_comparisons(part)


def fulfils(condition: object, names: Mapping[str, str]) -> Column:
    """What is true of the records that a condition leaves to its check. GX itself would write the
    condition's values into Spark's SQL.

    Args:
        condition: in GX's language or as a mapping, as validation lets it pass.
        names: by the condition's columns, the frame's.
    """
    from pyspark.sql import functions as f

    of = _read(condition)
    if of["type"] in ("and", "or"):
        joins = operator.and_ if of["type"] == "and" else operator.or_
        return reduce(joins, (fulfils(part, names) for part in of["conditions"]))
    column = f.col(names[of["column"]["name"]])
    if of["type"] == "nullity":
        return column.isNull() if of["is_null"] else column.isNotNull()
    return _comparison(of).holds(column)


def _comparison(of: Mapping[str, Any]) -> Comparison:
    given = of["parameter"]
    values = tuple(given) if isinstance(given, list | tuple) else (given,)
    return Comparison(column=of["column"]["name"], operator=of["operator"], values=values)


def _read(condition: Any) -> Mapping[str, Any]:
    """The condition as a mapping; one in GX's language is read by GX's own parser."""
    if isinstance(condition, Mapping):
        return condition
    from great_expectations.expectations.legacy_row_conditions import (
        parse_great_expectations_condition,
    )

    found = parse_great_expectations_condition(condition)
    column = {"name": found["column"]}
    if "notnull" in found:
        return {"type": "nullity", "column": column, "is_null": False}
    value = found["condition_value"] if "condition_value" in found else float(found["fnumber"])
    return {"type": "comparison", "column": column, "operator": found["op"], "parameter": value}
