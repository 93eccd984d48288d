"""What a spec declares for the BI team: datasets with their metrics, charts and dashboards.

The words are Superset's where it has them, and dbt's semantic layer's for metrics. Nothing here
knows how a BI tool keeps them: `bi` makes that tool's files of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from medallion.names import TableName
from medallion.spec.models.bi_kinds import ChartKind, FilterKind, traits_of_chart
from medallion.time_grains import TimeGrain


@dataclass(frozen=True, slots=True, kw_only=True)
class BiMetric:
    """A number over a dataset's rows, as dbt's semantic layer has it."""

    name: str
    expression: str
    """The aggregate in the warehouse's SQL, as its author wrote it: `sum(gross)`."""
    label: str = ""
    description: str = ""
    unit: str = ""
    format: str = ""
    """A d3 format that Superset knows: `,.0f`, `.1%`, `SMART_NUMBER`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BiDimension:
    """A column to group and filter by: one of the table's, or an expression over its columns."""

    name: str
    label: str = ""
    description: str = ""
    unit: str = ""
    expression: str = ""
    """Empty for a column of the table; else SQL over its columns without an aggregate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """Which rows a Superset role sees, in Superset's own form of row-level security."""

    name: str
    clause: str
    """A condition in SQL, with Superset's Jinja where it is wanted."""
    roles: tuple[str, ...]
    group_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BiTable:
    """A gold table as the BI team finds it: a dataset."""

    table: TableName
    description: str
    owner: str
    contacts: tuple[str, ...] = ()
    certified_by: str = ""
    """Who vouches for it; empty: it is not certified."""
    certification_details: str = ""
    time_column: str = ""
    dimensions: tuple[BiDimension, ...] = ()
    metrics: tuple[BiMetric, ...] = ()
    row_filters: tuple[RowFilter, ...] = ()
    column_descriptions: Mapping[str, str] = field(default_factory=dict)
    column_units: Mapping[str, str] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()
    """Columns that hold protected personal data: never offered."""
    line: int = 0
    """Where its spec declares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSort:
    """What a chart's rows are in order of: a metric or a column."""

    by: str
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BiChart:
    """One chart over one dataset. What a kind needs is checked before it comes here."""

    name: str
    kind: ChartKind
    title: str
    table: TableName
    description: str = ""
    metrics: tuple[str, ...] = ()
    """Names of the dataset's metrics; a scatter has x, y and, if wanted, size in this order."""
    dimensions: tuple[str, ...] = ()
    """What it groups by: the x axis or the slices first, then the series; a heat map has x and y;
    a scatter has what makes a point each, then what colours them; a map has the column with ISO
    3166 codes. Over time the x axis is the time column, which is then here, too."""
    columns: tuple[str, ...] = ()
    """Of a table of single rows: the columns that it shows, in order."""
    time_column: str = ""
    """Empty: the dataset's, if it has one; of a dataset of the same spec that is here."""
    time_grain: TimeGrain | None = None
    """The steps of the x axis; of a big number those of the course below it."""
    time_range: str = ""
    """In Superset's words: `Last month`; empty: all of it."""
    where: str = ""
    """A condition in SQL on the dataset's columns."""
    sort: ChartSort | None = None
    limit: int | None = None
    stacked: bool = False
    color_scheme: str = ""
    country: str = ""
    """Of a map: `world`, or the country whose regions it shows, as Superset names it."""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardFilter:
    """A filter of a whole dashboard; it acts on each chart whose dataset has the column."""

    name: str
    label: str
    kind: FilterKind
    table: TableName
    column: str
    default: tuple[str, ...] = ()
    multiple: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutItem:
    """A cell of a dashboard's row: a chart by its name, or a text in Markdown."""

    chart: str = ""
    markdown: str = ""
    width: int = 0
    """Of the twelve columns of the grid; 0: an equal share of what the others leave."""
    height: int = 0
    """In Superset's grid units of 8 pixels; 0: the kind's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BiDashboard:
    """A dashboard with its charts. Its slug is `<domain>-<name>`, so that no two domains meet."""

    domain: str
    name: str
    title: str
    description: str = ""
    owner: str = ""
    contacts: tuple[str, ...] = ()
    """Of its domain, where it has no owner of its own."""
    certified_by: str = ""
    certification_details: str = ""
    roles: tuple[str, ...] = ()
    """The Superset roles that see it; none: everybody who may read its datasets."""
    charts: tuple[BiChart, ...] = ()
    filters: tuple[DashboardFilter, ...] = ()
    rows: tuple[tuple[LayoutItem, ...], ...] = ()
    path: str = ""
    """The file that declares it, below the project's folder; empty: the pipeline's spec. `line`,
    and those of its charts, are lines of it."""
    line: int = 0

    @property
    def slug(self) -> str:
        """The end of its address: `cinema-brands`."""
        return f"{self.domain}-{self.name}"

    @property
    def tables(self) -> tuple[TableName, ...]:
        """The tables that its charts and filters read, each once, in their order."""
        named = [*(chart.table for chart in self.charts), *(one.table for one in self.filters)]
        return tuple(dict.fromkeys(named))


def fill_rows(charts: Iterable[BiChart], *, fewest: int = 1) -> tuple[tuple[LayoutItem, ...], ...]:
    """Rows for charts that no author has placed: first those of which most fit in a row.

    Args:
        charts: in the spec's order, which those of one length keep.
        fewest: so many are put in a row even where their kind would have fewer.
    """
    by_length: dict[int, list[LayoutItem]] = defaultdict(list)
    for chart in charts:
        length = max(traits_of_chart(chart.kind).a_row, fewest)
        by_length[length].append(LayoutItem(chart=chart.name))
    return tuple(
        tuple(items[at : at + length])
        for length, items in sorted(by_length.items(), reverse=True)
        for at in range(0, len(items), length)
    )
