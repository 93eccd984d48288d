"""The columns of a spec as the query reads them: each with its type, and the field of the record.

Every field is a text at first, but for values of Parquet that need not become one. How a part's
records are read is the job of `readers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.types import ColumnType, parse_type
from medallion.cleaning.duckdb import held as held_values
from medallion.records import RecordLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a spec, with its type read and its record's field settled.

    Attributes:
        held: the type in which Parquet holds the field, as DuckDB calls it; else empty.
        straight: whether the value is converted as it is held, and not by its text.
    """

    name: str
    field: str
    type: ColumnType
    spec: ColumnSpec
    nullable: bool
    held: str = ""
    straight: bool = False

    @property
    def holds_list(self) -> bool:
        """Whether an array comes as a list, and not as a JSON text."""
        return self.type.array and bool(held_values.element_of(self.held))

    @property
    def null_values(self) -> tuple[str, ...]:
        """The texts that mean NULL. Where NULL can be written, an empty text is none."""
        if self.spec.null_values is not None:
            return self.spec.null_values
        return () if self.held else ("",)


def resolve(
    columns: Mapping[str, ColumnSpec], primary_key: Iterable[str], layout: RecordLayout
) -> tuple[Column, ...]:
    """The columns in the spec's order. One of the primary key is never nullable."""
    keys = frozenset(primary_key)
    types = dict(zip(layout.columns, layout.types, strict=True)) if layout.types else {}
    found = []
    for name, spec in columns.items():
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
                straight=bool(held) and held_values.goes_straight(spec, column_type, held),
            )
        )
    return tuple(found)
