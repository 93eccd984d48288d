"""The columns of published tables, as far as specs and SQL say them: what is compared of a table.

A gold column's type is known where it is the copy of one column of silver; else only the warehouse
knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from medallion.catalogue.declared_table import DeclaredTable
from medallion.cleaning.declared.classification import describe_protection, table_columns
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.names import Layer
from medallion.publish.dispositions import disposition_of
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import DatasetSpec, GoldSpec, SilverSpec
from medallion.sql.result_columns import TableColumn
from medallion.workbench.comparison.places import Place
from medallion.workbench.comparison.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeColumn:
    """A column.

    Attributes:
        type: as authors write it; empty: only the warehouse knows it.
        nullable: None: not known.
        source: what it is read from, equal for a column that only has another name; None: not
            known.
        reading: how its values are made, equal where they stay what they were.
    """

    name: str
    type: str = ""
    nullable: bool | None = None
    description: str = ""
    unit: str = ""
    personal: str = ""
    source: object = None
    reading: object = None


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A published table of one side."""

    declared: DeclaredTable
    loaded: LoadedSpec
    side: Side
    said: SilverSpec | GoldSpec
    dataset: DatasetSpec | None = None
    columns: Mapping[str, ShapeColumn] = field(default_factory=dict)
    whole: bool = True
    """Whether it has no other columns."""

    @property
    def name(self) -> str:
        """`gold_cinema.brands`, as readers write it."""
        return str(self.declared.table.public)

    @property
    def replaces(self) -> bool:
        """Whether each run brings all rows again: then no published row stays as it was."""
        return disposition_of(self.declared.write_disposition).brings_all

    @property
    def key(self) -> KeyPath:
        """Its place in the spec."""
        name = self.declared.table.name
        return ("gold", name) if self.dataset is None else ("datasets", name, "silver")

    def place(self, *key: str | int) -> Place:
        """The line of one of its keys."""
        return self.side.places.of(self.loaded.spec_path, (*self.key, *key))

    def column_place(self, column: str) -> Place:
        """The line that declares a column; of gold its SQL, where the spec does not name it."""
        if self.dataset is None and column not in self.said.columns:
            return Place(path=self.declared.sql_path)
        return self.place("columns", column)


_ByName = Callable[[str], Shape | None]


class Shapes:
    """The tables that the valid specs of a side publish, each made when it is first asked for."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._untyped = cache(self._make)
        self.get = cache(self._get)

    def _make(self, name: str) -> Shape | None:
        table = self._side.tables.get(name)
        return (
            None if table is None else _shape(self._side, table, self._side.specs[table.spec_path])
        )

    def _get(self, name: str) -> Shape | None:
        """A table by what readers write; None: no valid spec publishes it."""
        shape = self._untyped(name)
        return None if shape is None else _with_types(shape, self._untyped)


def _shape(side: Side, table: DeclaredTable, loaded: LoadedSpec) -> Shape:
    if table.table.layer is Layer.SILVER:
        dataset = loaded.spec.datasets[table.table.name]
        columns = table_columns(dataset.silver.columns)
        return Shape(
            declared=table,
            loaded=loaded,
            side=side,
            said=dataset.silver,
            dataset=dataset,
            columns={name: _silver(name, spec) for name, spec in columns.items()},
            whole=not table.grows,
        )
    said = loaded.spec.gold[table.table.name]
    origins = side.origins.of(table)
    known = side.origins.columns(table.table.public)
    return Shape(
        declared=table,
        loaded=loaded,
        side=side,
        said=said,
        columns={
            name: ShapeColumn(
                name=name,
                description=said.columns[name].description if name in said.columns else "",
                unit=said.columns[name].unit if name in said.columns else "",
                source=made if made.is_copy and not made.unknown else None,
            )
            for name, made in origins.items()
        },
        whole=known.whole,
    )


def _silver(name: str, spec: ColumnSpec) -> ShapeColumn:
    source = spec.expression if spec.expression is not None else spec.reads(name)
    lookup = spec.lookup and (spec.lookup.dataset, spec.lookup.key, spec.lookup.value)
    reading = {
        key: value
        for key, value in spec.model_dump(mode="json").items()
        if key not in ("type", "nullable", "description", "unit", "classification", "from_", "from")
    }
    return ShapeColumn(
        name=name,
        type=spec.type,
        nullable=spec.nullable,
        description=spec.description,
        unit=spec.unit,
        personal=describe_protection(spec),
        source=(source, lookup),
        reading=(source, repr(reading)),
    )


def _with_types(shape: Shape, shapes: _ByName) -> Shape:
    """Types of gold columns that are copies, through all tables between."""
    if shape.dataset is not None:
        return shape
    typed = {
        name: replace(column, type=_type_of(TableColumn(shape.declared.table.public, name), shapes))
        for name, column in shape.columns.items()
    }
    return replace(shape, columns=typed)


def _type_of(column: TableColumn, shapes: _ByName) -> str:
    seen: set[TableColumn] = set()
    while column not in seen:
        seen.add(column)
        shape = shapes(str(column.table))
        known = shape.columns.get(column.column) if shape else None
        if shape is None or known is None:
            return ""
        if shape.dataset is not None:
            return known.type
        origins = shape.side.origins.column(shape.declared, column.column)
        if not origins.is_copy or origins.unknown or len(origins.columns) != 1:
            return ""
        column = next(iter(origins.columns))
    return ""


def find_renamed(before: Iterable[ShapeColumn], after: Iterable[ShapeColumn]) -> dict[str, str]:
    """Of columns that are gone and columns that are new, those that only have another name."""
    new = [one for one in after if one.source is not None]
    found: dict[str, str] = {}
    for one in before:
        same = [other for other in new if other.source == one.source]
        if one.source is not None and len(same) == 1 and same[0].name not in found.values():
            found[one.name] = same[0].name
    return found
