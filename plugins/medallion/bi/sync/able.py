"""Which dashboards can be made of the tables as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from medallion.bi.assets.charts.asset import Place
from medallion.bi.assets.documents import Assets
from medallion.bi.assets.freshness import FRESHNESS_CHART
from medallion.bi.assets.generate import generate
from medallion.bi.assets.identity import uuid_of
from medallion.bi.assets.inputs import DeclaredDashboard, Warehouse
from medallion.bi.sync.declared_assets import Declared
from medallion.plan.bi import BiDashboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A dashboard that cannot be made yet: what Superset has of it stays as it is."""

    dashboard: BiDashboard
    why: str

    def describe(self) -> str:
        """As a line of the report."""
        return f"wait     dashboard {self.dashboard.title}: {self.why}"

    def uuids(self, project: str) -> Iterator[str]:
        """Of the dashboard and its charts."""
        one = self.dashboard
        place = Place(project=project, dashboard=one)
        yield uuid_of(project, "dashboard", f"{one.domain}/{one.name}")
        yield from (place.uuid_of(chart.name) for chart in one.charts)
        yield place.uuid_of(FRESHNESS_CHART)


def assets_of(warehouse: Warehouse, declared: Declared) -> tuple[Assets, tuple[Waiting, ...]]:
    """The assets of all that can be made, and what waits: for the first publication of a table, or
    for a table that has the columns that a chart shows."""
    able: list[DeclaredDashboard] = []
    waiting: list[Waiting] = []
    for one in declared.dashboards:
        if why := _why_not(warehouse, declared, one):
            waiting.append(Waiting(dashboard=one.dashboard, why=why))
        else:
            able.append(one)
    return generate(warehouse, declared.tables, able), tuple(waiting)


def _why_not(warehouse: Warehouse, declared: Declared, one: DeclaredDashboard) -> str:
    gone = [str(name) for name in one.dashboard.tables if name in declared.unpublished]
    if gone:
        return f"it needs {', '.join(gone)}, not published yet"
    tables = [table for table in declared.tables if table.table.table in one.dashboard.tables]
    try:
        generate(warehouse, tables, [one])
    except (LookupError, ValueError) as error:
        return f"its tables have not what it shows ({error}): they are to be published again"
    return ""
