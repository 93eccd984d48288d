"""A spec's dashboards in its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from medallion.names import TableName
from medallion.plan.bi import (
    BiChart,
    BiDashboard,
    ChartSort,
    DashboardFilter,
    LayoutItem,
    fill_rows,
)
from medallion.plan.bi_tables import certification, owner_of_spec
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.models.charts import ChartSpec, SortSpec
from medallion.spec.models.dashboards import CellSpec, DashboardSpec, FilterSpec, table_of

_Rows = tuple[tuple[LayoutItem, ...], ...]


def dashboards_of(loaded: LoadedSpec) -> tuple[BiDashboard, ...]:
    """The dashboards of a spec, in its order."""
    return tuple(_dashboard(loaded, name, one) for name, one in loaded.spec.dashboards.items())


def _dashboard(loaded: LoadedSpec, name: str, one: DashboardSpec) -> BiDashboard:
    owner = one.owner or owner_of_spec(loaded)
    certified_by, details = certification(one.certified, owner)
    times = {
        table_of(table, loaded.dag_id.domain): gold.time_column
        for table, gold in loaded.spec.gold.items()
        if gold.time_column
    }
    charts = tuple(_charts(loaded, f"dashboards.{name}", one, times))
    return BiDashboard(
        domain=loaded.dag_id.domain,
        name=name,
        title=one.title,
        description=one.description,
        owner=owner,
        contacts=() if one.owner else loaded.domain.contacts,
        certified_by=certified_by,
        certification_details=details,
        roles=one.roles,
        charts=charts,
        filters=tuple(_filters(loaded.dag_id.domain, one, charts, times)),
        rows=_rows(one) if one.rows else fill_rows(charts, fewest=2),
        line=loaded.lines.get(f"dashboards.{name}", 0),
    )


def _charts(
    loaded: LoadedSpec, place: str, one: DashboardSpec, times: Mapping[TableName, str]
) -> Iterator[BiChart]:
    for name, chart in one.charts.items():
        table = table_of(chart.table, loaded.dag_id.domain)
        yield BiChart(
            name=name,
            kind=chart.type,
            title=chart.title,
            table=table,
            description=chart.description,
            metrics=tuple(metric for _, metric in chart.metric_names()),
            dimensions=tuple(dimension for _, dimension in chart.dimension_names()),
            columns=tuple(column for _, column in chart.column_names()),
            time_column=chart.time_column or times.get(table, ""),
            time_grain=chart.value_of("time_grain", None),
            time_range=chart.time_range,
            where=chart.where,
            sort=_sort(chart),
            limit=chart.value_of("limit", None),
            stacked=chart.value_of("stacked", False),  # a default
            color_scheme=chart.value_of("color_scheme", ""),
            country=chart.value_of("country", ""),
            line=loaded.lines.get(f"{place}.charts.{name}", 0),
        )


def _sort(chart: ChartSpec) -> ChartSort | None:
    said: SortSpec | None = chart.value_of("sort", None)
    return None if said is None else ChartSort(by=said.by, descending=said.descending)


def _filters(
    domain: str, one: DashboardSpec, charts: Sequence[BiChart], times: Mapping[TableName, str]
) -> Iterator[DashboardFilter]:
    for name, said in one.filters.items():
        table = table_of(said.table, domain) if said.table else charts[0].table
        yield DashboardFilter(
            name=name,
            label=said.label or name,
            kind=said.type,
            table=table,
            column=_column(said, table, charts, times),
            default=said.default,
            multiple=said.multiple,
        )


def _column(
    said: FilterSpec,
    table: TableName,
    charts: Sequence[BiChart],
    times: Mapping[TableName, str],
) -> str:
    """A time range is one of the time column where it does not say of which."""
    if said.column or table in times:
        return said.column or times[table]
    return next((c.time_column for c in charts if c.table == table and c.time_column), "")


def _rows(one: DashboardSpec) -> _Rows:
    return tuple(tuple(map(_item, row)) for row in one.rows)


def _item(cell: CellSpec) -> LayoutItem:
    return LayoutItem(
        chart=cell.chart,
        markdown=cell.markdown,
        width=cell.width or 0,
        height=cell.height or 0,
    )
