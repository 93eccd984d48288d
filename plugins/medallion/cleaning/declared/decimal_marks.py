"""Numbers of a file whose decimal mark its source says: each column of numbers is read by it."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.cleaning.declared.columns import ColumnSpec, VerbSpec
from medallion.cleaning.declared.types import parse_type

USUAL = "."
DECIMAL = "decimal"
NUMBER, PERCENT, MONEY = "number", "percent", "money"
"""Verbs that read numbers; the first two take a decimal mark, the last one finds it."""
_OF_NUMBERS = ("decimal", "double", "real")


def with_decimal_mark(columns: Mapping[str, ColumnSpec], mark: str) -> Mapping[str, ColumnSpec]:
    """The columns as they are in a file of this mark: verbs that read numbers and do not say their
    mark have it, and other columns of numbers get the verb that reads them.

    >>> price = ColumnSpec(type="decimal(9,2)")
    >>> with_decimal_mark({"price": price}, ",")["price"].clean
    (VerbSpec(name='number', arguments={'decimal': ','}),)

    Args:
        columns: of a table.
        mark: of the part's numbers; empty or a point: nothing changes.
    """
    if mark in ("", USUAL):
        return columns
    return {name: _read_by(spec, mark) for name, spec in columns.items()}


def _read_by(spec: ColumnSpec, mark: str) -> ColumnSpec:
    if spec.expression is not None:
        return spec
    clean = tuple(_give_mark(verb, mark) for verb in spec.clean)
    reads = any(verb.name in (NUMBER, PERCENT, MONEY) for verb in clean)
    column_type = parse_type(spec.type)
    is_number = column_type.scalar.name in _OF_NUMBERS and not column_type.array
    if not reads and spec.lookup is None and is_number:
        clean = (*clean, VerbSpec(name=NUMBER, arguments={DECIMAL: mark}))
    return spec if clean == spec.clean else spec.model_copy(update={"clean": clean})


def _give_mark(verb: VerbSpec, mark: str) -> VerbSpec:
    if verb.name not in (NUMBER, PERCENT) or DECIMAL in verb.arguments:
        return verb
    return verb.model_copy(update={"arguments": {**verb.arguments, DECIMAL: mark}})
