"""The columns of a spec as the query reads them: each with its type and its record's field.

Fields are texts at first, except Parquet's values that need not become one. `readers` reads the
records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.types import ColumnType, parse_type
from medallion.cleaning.duckdb import parquet_values
from medallion.cleaning.duckdb.scales import unit_columns
from medallion.errors import DataRejected
from medallion.records import RecordLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a spec with its type parsed and its record's field known.

    Attributes:
        field: the record's field; of several names the first that the part has.
        fields: all that it may be read from in this part: the first that has a value is read.
        held: DuckDB's name of the type in which Parquet holds the field; else empty.
        straight: whether the value is converted directly, not through its text.
        helps: whether it is only read for another column, and is not in silver.
    """

    name: str
    field: str
    fields: tuple[str, ...]
    type: ColumnType
    spec: ColumnSpec
    nullable: bool
    held: str = ""
    straight: bool = False
    helps: bool = False

    @property
    def holds_list(self) -> bool:
        """Whether an array arrives as a list, not as a JSON text."""
        return self.type.array and bool(parquet_values.element_of(self.held))

    @property
    def null_values(self) -> tuple[str, ...]:
        """The texts that mean NULL. An empty text does only in formats that cannot write NULL."""
        if self.spec.null_values is not None:
            return self.spec.null_values
        return () if self.held else ("",)


def resolve(
    columns: Mapping[str, ColumnSpec], primary_key: Iterable[str], layout: RecordLayout
) -> tuple[Column, ...]:
    """The columns in the spec's order, then the units of those that have a scale. Those of the
    primary key are not nullable.

    Raises:
        DataRejected: the part has two of a column's names.
    """
    keys = frozenset(primary_key)
    types = dict(zip(layout.columns, layout.types, strict=True)) if layout.types else {}
    found = []
    units = unit_columns(columns)
    for name, spec in {**columns, **units}.items():
        fields, column_type = _fields(name, spec, layout), parse_type(spec.type)
        held = types.get(fields[0], "")
        found.append(
            Column(
                name=name,
                field=fields[0],
                fields=fields,
                type=column_type,
                spec=spec,
                nullable=spec.nullable and name not in keys,
                held=held,
                straight=bool(held) and parquet_values.goes_straight(spec, column_type, held),
                helps=name in units,
            )
        )
    return tuple(found)


def _fields(name: str, spec: ColumnSpec, layout: RecordLayout) -> tuple[str, ...]:
    """One where records have columns. Those of JSON have each their own, or none of them."""
    fields = spec.reads(name)
    if not layout.columns or spec.expression is not None or len(fields) == 1:
        return fields
    here = [field for field in fields if field in layout.columns]
    if len(here) > 1:
        raise DataRejected(
            f"{name} is read from {' or '.join(map(repr, here))}, and the header has both",
            remedy="leave the name out of `from` that is not the column's",
        )
    return tuple(here or fields)[:1]
