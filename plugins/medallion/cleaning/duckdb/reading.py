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
from medallion.records import RecordLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a spec with its type parsed and its record's field known.

    Attributes:
        held: DuckDB's name of the type in which Parquet holds the field; else empty.
        straight: whether the value is converted directly, not through its text.
        helps: whether it is only read for another column, and is not in silver.
    """

    name: str
    field: str
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
    primary key are not nullable."""
    keys = frozenset(primary_key)
    types = dict(zip(layout.columns, layout.types, strict=True)) if layout.types else {}
    found = []
    units = unit_columns(columns)
    for name, spec in {**columns, **units}.items():
        field, column_type = spec.from_ or name, parse_type(spec.type)
        held = types.get(field, "")
        found.append(
            Column(
                name=name,
                field=field,
                type=column_type,
                spec=spec,
                nullable=spec.nullable and name not in keys,
                held=held,
                straight=bool(held) and parquet_values.goes_straight(spec, column_type, held),
                helps=name in units,
            )
        )
    return tuple(found)
