"""Rules on charts and what they name. Over tables of other specs, `dashboards_across` asks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from medallion.names import Layer
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.findings.progress import reading
from medallion.spec.models.bi_kinds import traits_of_filter
from medallion.spec.models.charts import ChartSpec, SortSpec
from medallion.spec.models.dashboards import FilterSpec, table_of
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.rules.bi_datasets import Dataset, own_datasets
from medallion.spec.rules.bi_expressions import judge_condition
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.superset import COLOR_SCHEMES, countries, is_time_range

PlacedChart = tuple[KeyPath, ChartSpec]


def charts_in(spec: PipelineSpec) -> Iterator[PlacedChart]:
    """Every chart of a spec's dashboards, with its place."""
    for name, dashboard in spec.dashboards.items():
        for key, chart in dashboard.charts.items():
            yield ("dashboards", name, "charts", key), chart


def dashboard_table(context: RuleContext) -> Iterator[Finding]:
    """A chart or a filter reads a gold table: one of the spec, or `gold_<domain>.<table>`."""
    places = [((*where, "table"), chart.table) for where, chart in charts_in(context.spec)]
    for name, dashboard in context.spec.dashboards.items():
        for key, one in dashboard.filters.items():
            if one.table:
                places.append((("dashboards", name, "filters", key, "table"), one.table))
    for where, text in places:
        schema, dot, name = text.partition(".")
        known = [*context.spec.gold, *(one for one in context.lost if "." not in one)]
        if not dot and text not in known:
            yield Finding(
                where=where,
                problem=f"the spec has no gold table {text}",
                remedy=did_you_mean(text, known)
                or "name one of another spec as readers do: gold_<domain>.<table>",
            )
        elif dot and not (schema.startswith(f"{Layer.GOLD}_") and name and "." not in name):
            yield Finding(
                where=where,
                problem=f"{text} is not a gold table",
                remedy="dashboards read gold: gold_<domain>.<table>",
            )


def chart_shape(context: RuleContext) -> Iterator[Finding]:
    """A table shows metrics by dimensions, or columns of single rows; no chart groups twice by one
    column."""
    for where, chart in charts_in(context.spec):
        if chart.SINGLE_ROWS:
            yield from _rows_or_groups(where, chart)
        yield from _twice(where, chart.dimension_names())
        yield from _twice(where, chart.column_names())


def _rows_or_groups(where: KeyPath, chart: ChartSpec) -> Iterator[Finding]:
    grouped = any(chart.metric_names()) or any(chart.dimension_names())
    rows = any(chart.column_names())
    if rows and grouped:
        yield Finding(
            where=(*where, "columns"),
            on_key=True,
            problem="single rows have no metrics and no dimensions",
            remedy="keep `columns`, or `metrics` and `dimensions`",
        )
    elif not (rows or grouped):
        yield Finding(
            where=where,
            problem="it says neither which metrics it shows nor which columns",
            remedy="add `metrics` and `dimensions`, or `columns`",
        )


def _twice(where: KeyPath, names: Iterable[tuple[tuple[str | int, ...], str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for keys, name in names:
        if name in seen:
            yield Finding(where=(*where, *keys), problem=f"{name} is listed here twice")
        seen.add(name)


def chart_words(context: RuleContext) -> Iterator[Finding]:
    """Colour schemes, maps and ranges of time are such as Superset has."""
    for where, chart in charts_in(context.spec):
        scheme, country = chart.value_of("color_scheme", ""), chart.value_of("country", "")
        if scheme and chart.COLORS and scheme not in COLOR_SCHEMES[chart.COLORS]:
            known = COLOR_SCHEMES[chart.COLORS]
            yield Finding(
                where=(*where, "color_scheme"),
                problem=f"Superset has no {chart.COLORS} colour scheme {scheme}",
                remedy=did_you_mean(scheme, known),
            )
        if country and country not in countries():
            yield Finding(
                where=(*where, "country"),
                problem=f"Superset has no map {country}",
                remedy=_of_countries(country),
            )
        if chart.time_range and not is_time_range(chart.time_range):
            yield _no_time_range((*where, "time_range"), chart.time_range)
    for name, dashboard in context.spec.dashboards.items():
        for key, one in dashboard.filters.items():
            for at, text in enumerate(_times(one)):
                if not is_time_range(text):
                    yield _no_time_range(("dashboards", name, "filters", key, "default", at), text)


def _times(one: FilterSpec) -> tuple[str, ...]:
    """The ranges of time that a filter chooses at first."""
    return one.default if traits_of_filter(one.type).is_of_time else ()


def _of_countries(text: str) -> str:
    hint = did_you_mean(text, countries())
    return hint if hint.startswith("did") else "write world, or a country's name: france, usa"


def _no_time_range(where: KeyPath, text: str) -> Finding:
    return Finding(
        where=where,
        problem=f"{text!r} is not a range of time that Superset reads",
        remedy="write Last month, Last 30 days, previous calendar year, or 2026-01-01 : 2026-02-01",
    )


def chart_name(context: RuleContext) -> Iterator[Finding]:
    """A chart names metrics and columns that its table has."""
    for where, chart, dataset in _own(context):
        yield from names_of_chart(where, chart, dataset)


def chart_time(context: RuleContext) -> Iterator[Finding]:
    """Steps of time (`time_grain`) are those of a time column."""
    for where, chart, dataset in _own(context):
        yield from time_of_chart(where, chart, dataset)


def chart_where(context: RuleContext) -> Iterator[Finding]:
    """A chart's `where` is a condition in SQL over its table's columns."""
    for where, chart, dataset in _own(context):
        yield from where_of_chart(where, chart, dataset)


def _own(context: RuleContext) -> Iterator[tuple[KeyPath, ChartSpec, Dataset]]:
    datasets = {one.table: one for one in own_datasets(context)}
    for where, chart in charts_in(context.spec):
        dataset = datasets.get(table_of(chart.table, context.dag_id.domain))
        if dataset is not None:
            yield where, chart, dataset


def names_of_chart(where: KeyPath, chart: ChartSpec, dataset: Dataset) -> Iterator[Finding]:
    """What a chart names and its table does not have, or has and protects."""
    for keys, name in chart.metric_names():
        if not dataset.has_metric(name):
            yield Finding(
                where=(*where, *keys),
                problem=f"{dataset.table} has no metric {name}",
                remedy=did_you_mean(name, dataset.gold.metrics)
                or f"declare it in `metrics` of the table {dataset.table.table}",
            )
    for keys, name in chart.dimension_names():
        yield from _column((*where, *keys), name, dataset)
    for keys, name in chart.column_names():
        yield from _column((*where, *keys), name, dataset)
    sort: SortSpec | None = chart.value_of("sort", None)
    if sort is not None and not dataset.lost:
        grouped = [name for _, name in (*chart.dimension_names(), *chart.column_names())]
        if sort.by not in dataset.gold.metrics and sort.by not in grouped:
            yield Finding(
                where=(*where, "sort"),
                problem=f"{sort.by} is neither a metric nor among what the chart shows",
                remedy=did_you_mean(sort.by, [*dataset.gold.metrics, *grouped]),
            )


def _column(where: KeyPath, name: str, dataset: Dataset) -> Iterator[Finding]:
    if name in dataset.protected:
        yield dataset.protects(where, name)
    elif not dataset.has_dimension(name):
        is_metric = name in dataset.gold.metrics
        yield Finding(
            where=where,
            problem=f"{dataset.table} has no column {name}"
            + (": that is a metric" if is_metric else ""),
            remedy=did_you_mean(name, dataset.dimensions()),
        )


def time_of_chart(where: KeyPath, chart: ChartSpec, dataset: Dataset) -> Iterator[Finding]:
    """What is wrong with a chart's time."""
    if chart.time_column:
        yield from _column((*where, "time_column"), chart.time_column, dataset)
    column = chart.time_column or dataset.time_column()
    axis = chart.value_of("x_axis", column)
    if dataset.lost or chart.value_of("time_grain", None) is None:
        return
    if not column:
        yield Finding(
            where=(*where, "time_grain"),
            problem=f"{dataset.table} declares no time column, and the chart names none",
            remedy=f"add `time_column: {axis or '…'}` to the table",
        )
    elif axis != column:
        yield Finding(
            where=(*where, "time_grain"),
            problem=f"the time column is {column}, and the x axis is {axis}",
            remedy=f"write `x_axis: {column}`, or `time_column: {axis}` if that holds times",
        )


def where_of_chart(where: KeyPath, chart: ChartSpec, dataset: Dataset) -> Iterator[Finding]:
    """What is wrong with a chart's condition."""
    if chart.where:
        reading(*where, "where")
        yield from judge_condition((*where, "where"), chart.where, dataset)
