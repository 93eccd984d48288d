"""Wide records as long ones, before anything else is done with them: see `medallion.unpivot`."""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.naming import column_of, name_value
from medallion.unpivot import Unpivoted

_CELL, _NAME, _VALUE = "_cell", "name", "value"


def long_records(wide: exp.Select, how: Unpivoted) -> exp.Select:
    """A SELECT of the long records, `_1`, `_2` … as in `how.layout`, in the order of the wide ones;
    those of one record stand together, in the order of its columns."""
    cells = exp.Array(
        expressions=[
            exp.Struct(
                expressions=[
                    _field(_NAME, exp.Literal.string(name)),
                    _field(_VALUE, column_of(f"_{at + 1}")),
                ]
            )
            for at, name in how.spread
        ]
    )
    kept = [f"_{at + 1}" for at in how.kept]
    spread = exp.select(*map(column_of, kept), name_value(_CELL, call("unnest", cells)))
    values = [
        *map(column_of, kept),
        call("struct_extract", column_of(_CELL), _NAME),
        call("struct_extract", column_of(_CELL), _VALUE),
    ]
    places = [name_value(f"_{number}", value) for number, value in enumerate(values, start=1)]
    return exp.select(*places).from_(spread.from_(wide.subquery()).subquery())


def _field(name: str, value: exp.Expr) -> exp.Expr:
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=value)
