"""Which parts of datasets and dashboards use a column. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from medallion.plan.bi import BiChart, BiDashboard, BiTable
from medallion.sql.problem import QueryNotRead
from medallion.sql.tokens import LEXES, QUOTED, WORD, pieces_of
from medallion.workbench.comparison.changes import listed


def words_of(expression: str) -> frozenset[str]:
    """The names in a piece of SQL, its texts and comments left out. It may hold Jinja, so no parser
    reads it; a function's name is among them.

    >>> sorted(words_of("sum(gross) filter (where kind = 'fee')"))
    ['filter', 'gross', 'kind', 'sum', 'where']
    """
    try:
        pieces = pieces_of(expression, LEXES["postgres"])
    except QueryNotRead:
        return frozenset()
    words = {one.word for one in pieces if one.kind == WORD}
    names = {one.text[1:-1] for one in pieces if one.kind == QUOTED and one.text.startswith('"')}
    return frozenset(words | names)


def names_of_metrics(dataset: BiTable | None, columns: Collection[str] | None) -> frozenset[str]:
    """The metrics of a dataset that are made of columns; None: any column."""
    if dataset is None:
        return frozenset()
    return frozenset(
        one.name
        for one in dataset.metrics
        if columns is None or not words_of(one.expression).isdisjoint(columns)
    )


def of_dataset(dataset: BiTable, columns: Collection[str] | None) -> Iterator[tuple[str, str, str]]:
    """(kind, name, how) of each part of a dataset that uses columns; None: the whole table."""
    if columns is None:
        yield "dataset", "", "shows the table"
        return
    for metric in dataset.metrics:
        if used := sorted(words_of(metric.expression) & set(columns)):
            yield "metric", metric.name, f"is made of {listed(used)}"
    for dimension in dataset.dimensions:
        own = words_of(dimension.expression) if dimension.expression else {dimension.name}
        if used := sorted(own & set(columns)):
            yield "dimension", dimension.name, f"is made of {listed(used)}"
    if dataset.time_column in columns:
        yield "time column", dataset.time_column, "is the dataset's time column"
    for rule in dataset.row_filters:
        if used := sorted(words_of(rule.clause) & set(columns)):
            yield "row filter", rule.name, f"hides rows by {listed(used)}"


def of_dashboard(
    dashboard: BiDashboard,
    table: str,
    columns: Collection[str] | None,
    metrics: Collection[str],
) -> Iterator[tuple[str, str, str, int]]:
    """(kind, name, how, line) of each chart and filter that uses columns of a table, or metrics
    that are made of them; of a whole table one for the dashboard."""
    charts = [chart for chart in dashboard.charts if str(chart.table) == table]
    filters = [one for one in dashboard.filters if str(one.table) == table]
    if columns is None:
        if charts or filters:
            titles = [chart.title or chart.name for chart in charts]
            yield "dashboard", "", f"shows {table}: {listed(titles) or 'as a filter'}", 0
        return
    for chart in charts:
        if used := sorted(_used(chart) & {*columns, *metrics}):
            yield "chart", chart.title or chart.name, f"shows {listed(used)}", chart.line
    for one in filters:
        if one.column in columns:
            yield "dashboard filter", one.label or one.name, f"filters by {one.column}", 0


def _used(chart: BiChart) -> set[str]:
    """Columns and metrics that a chart names."""
    named = {*chart.metrics, *chart.dimensions, *chart.columns, chart.time_column}
    if chart.sort is not None:
        named.add(chart.sort.by)
    return (named | words_of(chart.where)) - {""}
