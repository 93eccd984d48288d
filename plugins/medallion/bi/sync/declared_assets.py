"""What all specs declare for the BI team, with the columns that the warehouse has today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from medallion.bi.assets.inputs import DeclaredDashboard, DeclaredTable, WarehouseColumn
from medallion.names import TableName
from medallion.plan.attributions import attributions_of
from medallion.plan.bi import BiDashboard
from medallion.plan.model import Plan
from medallion.warehouse.session.relations import columns_of, comments_of
from medallion.warehouse.session.transaction import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the BI team is offered by all plans together, and what of it cannot be made yet."""

    tables: tuple[DeclaredTable, ...] = ()
    dashboards: tuple[DeclaredDashboard, ...] = ()
    unpublished: tuple[TableName, ...] = ()
    """Those of the tables that the warehouse has not yet."""
    problems: tuple[str, ...] = ()
    """What is left out, and why."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is declared."""
        return not (self.tables or self.dashboards)


def collect_declared(
    plans: Iterable[Plan], columns: Columns, link: Callable[[str], str]
) -> Declared:
    """What plans declare.

    Args:
        plans: all that run.
        columns: by table, those that the warehouse has; a table that it has not is left out.
        link: the address of a spec's file, from its path.
    """
    known = list(plans)
    attributions = attributions_of(known)
    tables = [
        DeclaredTable(
            table=one,
            columns=tuple(columns.get(one.table, ())),
            attributions=attributions.get(one.table, ()),
            spec_url=link(plan.spec_path),
        )
        for plan in known
        for one in plan.bi_tables
    ]
    names = {one.table.table for one in tables}
    dashboards: list[DeclaredDashboard] = []
    problems: list[str] = []
    for plan in known:
        for one in plan.dashboards:
            if lacking := [str(name) for name in one.tables if name not in names]:
                problems.append(_lacks(one, plan, lacking))
                continue
            path = one.path or plan.spec_path
            dashboards.append(DeclaredDashboard(dashboard=one, spec_url=link(path)))
    return Declared(
        tables=tuple(tables),
        dashboards=tuple(dashboards),
        unpublished=tuple(one.table.table for one in tables if not one.columns),
        problems=tuple(problems),
    )


Columns = Mapping[TableName, Sequence[WarehouseColumn]]


def warehouse_columns(session: Session, tables: Iterable[TableName]) -> Columns:
    """The columns of published tables with their comments; of a table that is not there none."""
    found: dict[TableName, tuple[WarehouseColumn, ...]] = {}
    for table in tables:
        comments = comments_of(session, table) if (columns := columns_of(session, table)) else {}
        found[table] = tuple(
            WarehouseColumn(name=one.name, type=one.type, comment=comments.get(one.name) or "")
            for one in columns
        )
    return found


def tables_of(plans: Iterable[Plan]) -> list[TableName]:
    """The tables that plans declare for the BI team, each once."""
    return list(dict.fromkeys(one.table for plan in plans for one in plan.bi_tables))


def _lacks(one: BiDashboard, plan: Plan, lacking: Sequence[str]) -> str:
    return (
        f"the dashboard {one.name} of {one.path or plan.spec_path} reads {', '.join(lacking)}, of "
        "which no spec that runs says anything for the BI team: it is left as it is"
    )
