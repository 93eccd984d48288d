"""Numbers times the factor of their unit, which is in another field of the record.

Decimals and whole numbers are multiplied as decimals, so nothing is rounded: a product that the
column's type cannot hold becomes NULL, and its row is quarantined.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.scale import ScaleSpec
from medallion.cleaning.declared.types import MAX_PRECISION, ColumnType, parse_type
from medallion.cleaning.duckdb.casts import call, cast, where
from medallion.cleaning.duckdb.naming import column_of, flag_of
from medallion.cleaning.verbs.templates import fill

UNIT = "unit"
_FLOATS = ("real", "double")


def unit_of(column: str) -> str:
    """The helper column that holds a column's unit."""
    return flag_of(UNIT, column)


def unit_columns(columns: Mapping[str, ColumnSpec]) -> dict[str, ColumnSpec]:
    """The helper columns of those that have a scale. None of them is in silver."""
    return {
        unit_of(name): ColumnSpec.model_validate(
            {"from": spec.scale.from_, "type": "text", "nullable": True, "clean": ["trim"]}
        )
        for name, spec in columns.items()
        if spec.scale is not None
    }


def scale_numbers(
    text: exp.Expr, name: str, scale: ScaleSpec, column_type: ColumnType, *, json: bool
) -> exp.Expr:
    """The product of the number in a text and its unit's factor, or NULL: the text is not a number,
    the unit is not known, or the type cannot hold the product exactly."""
    if column_type.scalar.name in _FLOATS:
        number = cast(text, column_type, json=json)
        product = fill("TRY(number * factor)", number=number, factor=_factor(name, scale, "DOUBLE"))
        return where(call("isfinite", product), _as(product, column_type.duckdb))
    places = scale.count_digits_needed(column_type)
    number = cast(text, _decimal(places - scale.decimals), json=json)
    factors = f"DECIMAL(18,{scale.decimals})"
    product = fill("TRY(number * factor)", number=number, factor=_factor(name, scale, factors))
    fits = _as(product, column_type.duckdb)
    again = _as(fits, _decimal(places).duckdb)
    return where(exp.EQ(this=again, expression=product), fits)


def _factor(name: str, scale: ScaleSpec, of_type: str) -> exp.Expr:
    case = exp.Case(this=column_of(unit_of(name)))
    for unit, factor in scale.factors.items():
        number = exp.Literal.number(f"{factor:f}")
        case = case.when(exp.Literal.string(unit), exp.cast(number, of_type, dialect="duckdb"))
    return case


def _decimal(places: int) -> ColumnType:
    return parse_type(f"decimal({MAX_PRECISION},{places})")


def _as(value: exp.Expr, of_type: str) -> exp.Expr:
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(of_type, dialect="duckdb"))
