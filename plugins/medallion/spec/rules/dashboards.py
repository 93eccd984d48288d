"""Rules on a dashboard's rows and filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from medallion.names import TableName
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.dashboards import GRID, CellSpec, DashboardSpec, FilterSpec, table_of
from medallion.spec.rules.bi_datasets import Dataset, own_datasets
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.superset import is_number

_RANGE = 'write default: ["0", "100"]'
_ANYBODY = "Public"
"""Superset's role of those who have not logged in."""


def dashboard_roles(context: RuleContext) -> Iterator[Finding]:
    """A dashboard is seen by people who have logged in: no spec shows it to anybody else."""
    for name, dashboard in context.spec.dashboards.items():
        for at, role in enumerate(dashboard.roles):
            if role.strip().lower() == _ANYBODY.lower():
                yield Finding(
                    where=("dashboards", name, "roles", at),
                    problem=f"{role} is whoever has not logged in",
                    remedy="name the roles of the people whom it is for, or none",
                )


def dashboard_rows(context: RuleContext) -> Iterator[Finding]:
    """Rows show each chart of the dashboard, within twelve columns a row."""
    for name, dashboard in context.spec.dashboards.items():
        if not dashboard.rows:
            continue
        shown: set[str] = set()
        for at, row in enumerate(dashboard.rows):
            where: KeyPath = ("dashboards", name, "rows", at)
            yield from _width(where, row)
            for place, cell in enumerate(row):
                yield from _cell((*where, place), cell, dashboard, shown)
                shown.add(cell.chart)
        for chart in dashboard.charts:
            if chart not in shown:
                yield Finding(
                    where=("dashboards", name, "charts", chart),
                    on_key=True,
                    problem="no row shows it",
                    remedy="add it to `rows`, or remove it",
                )


def _width(where: KeyPath, row: tuple[CellSpec, ...]) -> Iterator[Finding]:
    said = sum(cell.width or 0 for cell in row)
    open_ = sum(1 for cell in row if cell.width is None)
    if said + open_ > GRID:
        more = f" and {open_} without a width" if open_ else ""
        yield Finding(
            where=where,
            problem=f"its widths are {said}{more}, and a row has {GRID} columns",
            remedy="make some narrower, or begin another row",
        )


def _cell(
    where: KeyPath, cell: CellSpec, dashboard: DashboardSpec, shown: set[str]
) -> Iterator[Finding]:
    if bool(cell.chart) == bool(cell.markdown):
        yield Finding(
            where=where,
            problem="a cell is a chart or a text",
            remedy="write the chart's name, or {markdown: …}",
        )
    elif cell.chart and cell.chart not in dashboard.charts:
        yield Finding(
            where=where,
            problem=f"the dashboard has no chart {cell.chart}",
            remedy=did_you_mean(cell.chart, dashboard.charts),
        )
    elif cell.chart in shown:
        yield Finding(
            where=where, problem=f"{cell.chart} is in a row already", remedy="show it once"
        )


def dashboard_filter(context: RuleContext) -> Iterator[Finding]:
    """A filter is one of a column that a table of the dashboard's charts has."""
    datasets = {one.table: one for one in own_datasets(context)}
    domain = context.dag_id.domain
    for name, dashboard in context.spec.dashboards.items():
        read = {table_of(chart.table, domain) for chart in dashboard.charts.values()}
        for key, one in dashboard.filters.items():
            where: KeyPath = ("dashboards", name, "filters", key)
            if not one.table and len(read) > 1:
                yield Finding(
                    where=where,
                    problem=f"the charts read {len(read)} tables, and it names none of them",
                    remedy="add `table:`, whose values it offers",
                )
                continue
            table = table_of(one.table, domain) if one.table else next(iter(read))
            yield from _ends(where, one)
            if table not in read:
                yield Finding(
                    where=(*where, "table"),
                    problem=f"no chart of the dashboard reads {table}",
                    remedy=did_you_mean(str(table), map(str, read)),
                )
            elif table in datasets:
                yield from column_of_filter(where, one, datasets[table], dashboard, datasets)


def _ends(where: KeyPath, one: FilterSpec) -> Iterator[Finding]:
    if one.type != "number_range":
        return
    if len(one.default) not in (0, 2):
        yield Finding(
            where=(*where, "default"),
            problem="a range of numbers has two ends",
            remedy=_RANGE,
        )
    for at, text in enumerate(one.default):
        if text and not is_number(text):
            yield Finding(
                where=(*where, "default", at), problem=f"{text!r} is not a number", remedy=_RANGE
            )


def column_of_filter(
    where: KeyPath,
    one: FilterSpec,
    dataset: Dataset,
    dashboard: DashboardSpec,
    datasets: Mapping[TableName, Dataset],
) -> Iterator[Finding]:
    """What is wrong with a filter's column.

    Args:
        dataset: the table that it is one of.
        datasets: those that are known.
    """
    column = one.column or ("" if one.type != "time_range" else _time_column(dataset, dashboard))
    place = (*where, "column") if one.column else where
    if dataset.lost:
        return
    if not column:
        is_time = one.type == "time_range"
        yield Finding(
            where=where,
            problem=f"{dataset.table} declares no time column" if is_time else "column is missing",
            remedy="add `column:`, the one that it filters by",
        )
    elif column in dataset.protected:
        yield dataset.protects(place, column)
    elif not dataset.has_dimension(column):
        others = [other.table for other in datasets.values() if other.has_dimension(column)]
        also = f"{others[0]} has one" if others else ""
        yield Finding(
            where=place,
            problem=f"{dataset.table} has no column {column}: the filter would act on no chart",
            remedy=did_you_mean(column, dataset.dimensions()) or also,
        )


def _time_column(dataset: Dataset, dashboard: DashboardSpec) -> str:
    if dataset.time_column():
        return dataset.time_column()
    said = (chart.time_column for chart in dashboard.charts.values())
    return next((column for column in said if column), "")
