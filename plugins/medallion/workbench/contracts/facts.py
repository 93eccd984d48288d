"""What the contract of one published table is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredTable
from medallion.catalogue.personal import find_hidden_fields
from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.cleaning.declared.types import parse_type
from medallion.names import DELETED_AT, VALID_FROM, VALID_TO, Layer
from medallion.plan.attributions import attributions_of
from medallion.plan.model import GateStep, Plan
from medallion.publish.declaration import MissingKeys
from medallion.publish.dispositions import disposition_of
from medallion.spec.models.pipeline import SilverSpec
from medallion.sql.result_columns import TableColumn
from medallion.workbench.comparison.shapes import Shape, ShapeColumn, Shapes
from medallion.workbench.comparison.sides import Side

_NOT_NULL = "expect_column_values_to_not_be_null"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractColumn:
    """A column that the contract names.

    Attributes:
        type: as PostgreSQL spells it; empty: not known before the table is published.
        personal: how it is classified, in words; of gold, that it is made of personal data.
        made_of: the columns of published tables that it is made of.
    """

    name: str
    type: str = ""
    required: bool = False
    description: str = ""
    unit: str = ""
    personal: str = ""
    made_of: tuple[TableColumn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFacts:
    """A published table with its columns and the checks of the gate before it is published."""

    declared: DeclaredTable
    columns: tuple[ContractColumn, ...]
    checks: tuple[PlannedCheck, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell one published row from another: of a history the time since which
        a state held, too; none of `append`, whose key holds within one interval alone."""
        said, written = self.declared.primary_key, disposition_of(self.declared.write_disposition)
        if written.appends:
            return ()
        return (*said, VALID_FROM) if said and written.keeps_history else said


def collect_facts(side: Side, types: Mapping[str, Mapping[str, str]]) -> Iterator[ContractFacts]:
    """The facts of each table that the valid specs of a side publish, in their order.

    Args:
        types: by table as readers write it, the columns that it has in the warehouse, with their
            types as PostgreSQL spells them. It may lack tables.
    """
    shapes = Shapes(side)
    declared = _declare(side)
    attributions = attributions_of(side.plans.values())
    for name, table in side.tables.items():
        shape = shapes.get(name)
        if shape is None:
            continue
        checks = tuple(_list_checks(side.plans[table.spec_path], table))
        columns = tuple(_columns(shape, checks, types.get(name, {}), declared))
        said = replace(table, attributions=attributions.get(table.table.public, ()))
        yield ContractFacts(declared=said, columns=columns, checks=checks)


def _declare(side: Side) -> Declared:
    tables = {one.table: one for one in side.tables.values()}
    by_name = {name: one.table for name, one in side.tables.items()}
    return Declared(tables=tables, by_name=by_name, origins=side.origins)


def _list_checks(plan: Plan, table: DeclaredTable) -> Iterator[PlannedCheck]:
    """Those of the gate that stands before the table; what a landing is held to is not promised to
    its readers."""
    for task in plan.tasks:
        step = task.step
        if (
            isinstance(step, GateStep)
            and step.layer is not Layer.BRONZE
            and step.table == table.table
        ):
            yield from step.checks


def _columns(
    shape: Shape, checks: tuple[PlannedCheck, ...], types: Mapping[str, str], declared: Declared
) -> Iterator[ContractColumn]:
    table = shape.declared
    personal = find_hidden_fields(declared, table.table, tuple(types))
    never_null = {
        check.kwargs["column"]
        for check in checks
        if check.expectation == _NOT_NULL and check.on_failure is not OnFailure.WARN
        and set(check.kwargs) == {"column"}
    } | set(table.primary_key)  # fmt: skip
    for name in dict.fromkeys((*shape.columns, *_list_others(shape, types))):
        column = shape.columns.get(name) or ShapeColumn(name=name)
        made = shape.side.origins.column(table, name)
        hidden = "Made of personal data." if name in personal else ""
        yield ContractColumn(
            name=name,
            type=types.get(name) or _spell(column.type) or _OWN_TYPES.get(name, ""),
            required=column.nullable is False or name in never_null or name == VALID_FROM,
            description=column.description,
            unit=column.unit,
            personal=column.personal or hidden,
            made_of=tuple(sorted(made.columns)) if table.sql else (),
        )


def _list_others(shape: Shape, types: Mapping[str, str]) -> Iterator[str]:
    """What no text of the spec names: columns that the way it is written adds, and those of which
    only the warehouse knows."""
    if isinstance(shape.said, SilverSpec):
        missing = shape.said.missing_keys or MissingKeys.KEEP
        yield from disposition_of(shape.declared.write_disposition).list_added_columns(missing)
    if not shape.whole:
        yield from (name for name in types if not name.startswith("_"))


_OWN_TYPES = dict.fromkeys((VALID_FROM, VALID_TO, DELETED_AT), "timestamp with time zone")


def _spell(written: str) -> str:
    """A type of a spec as PostgreSQL spells it, as it does for a published column."""
    if not written:
        return ""
    spelled = parse_type(written).postgres
    for short, full in _IN_FULL.items():
        if spelled.removesuffix("[]") == short:
            return spelled.replace(short, full)
    return spelled


_IN_FULL = {
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}
