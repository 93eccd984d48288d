"""Which parts of datasets and dashboards use a column. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from medallion.names import TableName
from medallion.plan.bi import BiChart, BiDashboard, BiTable
from medallion.prose import list_and_count
from medallion.sql.problem import QueryNotRead
from medallion.sql.tokens import LEXES, QUOTED, WORD, pieces_of

_MOST_NAMES = 8


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


def names_made_of(dataset: BiTable | None, columns: Collection[str]) -> frozenset[str]:
    """The metrics and calculated dimensions of a dataset that are made of columns."""
    if dataset is None:
        return frozenset()
    expressions = (
        *((one.name, one.expression) for one in dataset.metrics),
        *((one.name, one.expression) for one in dataset.dimensions),
    )
    return frozenset(
        name for name, expression in expressions if not words_of(expression).isdisjoint(columns)
    )


def of_dataset(dataset: BiTable, columns: Collection[str] | None) -> Iterator[tuple[str, str, str]]:
    """(kind, name, how) of each part of a dataset that uses columns; None: the whole table."""
    if columns is None:
        yield "dataset", "", "shows the table"
        return
    for metric in dataset.metrics:
        if used := sorted(words_of(metric.expression) & set(columns)):
            yield "metric", metric.name, f"is made of {_list(used)}"
    for dimension in dataset.dimensions:
        own = words_of(dimension.expression) if dimension.expression else {dimension.name}
        if used := sorted(own & set(columns)):
            yield "dimension", dimension.name, f"is made of {_list(used)}"
    if dataset.time_column in columns:
        yield "time column", dataset.time_column, "is the dataset's time column"
    for rule in dataset.row_filters:
        if used := sorted(words_of(rule.clause) & set(columns)):
            yield "row filter", rule.name, f"hides rows by {_list(used)}"


def of_dashboard(
    dashboard: BiDashboard,
    table: str,
    columns: Collection[str] | None,
    made: Collection[str] = (),
) -> Iterator[tuple[str, str, str, int]]:
    """(kind, name, how, line) of each chart and filter of a dashboard that uses columns of a table;
    of a whole table one for the dashboard.

    Args:
        dashboard: of any spec.
        table: `gold_shop.sales`.
        columns: of the table; None: the whole table.
        made: the metrics and dimensions that are made of the columns (`names_made_of`).
    """
    charts = [chart for chart in dashboard.charts if str(chart.table) == table]
    filters = [one for one in dashboard.filters if str(one.table) == table]
    if columns is None:
        if charts or filters:
            titles = [chart.title or chart.name for chart in charts]
            yield "dashboard", "", f"shows {table}: {_list(titles) or 'as a filter'}", 0
        return
    names = {*columns, *made}
    for chart in charts:
        if used := sorted(_list_used(chart) & names):
            yield "chart", chart.title or chart.name, f"shows {_list(used)}", chart.line
    for one in filters:
        if one.column in names:
            yield "dashboard filter", one.label or one.name, f"filters by {one.column}", 0


def _list_used(chart: BiChart) -> set[str]:
    """Columns, metrics and dimensions that a chart names."""
    named = {*chart.metrics, *chart.dimensions, *chart.columns, chart.time_column}
    if chart.sort is not None:
        named.add(chart.sort.by)
    return (named | words_of(chart.where)) - {""}


def _list(names: Iterable[str]) -> str:
    return list_and_count(tuple(names), _MOST_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class BiReaders:
    """What specs, of whatever domain, declare for the BI team of one table."""

    dataset: BiTable | None = None
    dashboards: tuple[BiDashboard, ...] = ()

    def dashboards_with(
        self, table: TableName, columns: Collection[str]
    ) -> Iterator[tuple[BiDashboard, str]]:
        """The dashboards that use columns of the table, with the charts and filters that do:
        `chart Shops, filter Country`."""
        made = names_made_of(self.dataset, columns)
        for one in self.dashboards:
            parts = [
                f"{kind.removeprefix('dashboard ')} {name}"
                for kind, name, _, _ in of_dashboard(one, str(table), columns, made)
            ]
            if parts:
                yield one, _list(parts)

    def metrics_of(self, columns: Collection[str]) -> list[str]:
        """The metrics of the dataset that are made of columns."""
        metrics = self.dataset.metrics if self.dataset else ()
        made = names_made_of(self.dataset, columns)
        return [one.name for one in metrics if one.name in made]
