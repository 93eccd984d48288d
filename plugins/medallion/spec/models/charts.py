"""The kinds of charts: each is a model with what the kind takes, in Superset's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeVar

from pydantic import Field, model_validator

from medallion.model import SpecModel
from medallion.names import ColumnName, Name
from medallion.spec.models.bi import LONGEST_LABEL, Label
from medallion.spec.models.bi_kinds import ChartKind
from medallion.time_grains import TimeGrain

SomeMetrics = Annotated[tuple[Name, ...], Field(strict=False, min_length=1, max_length=50)]
SomeColumns = Annotated[tuple[ColumnName, ...], Field(strict=False, max_length=50)]
Limit = Annotated[int, Field(ge=1, le=50_000)]
Named = tuple[tuple[str | int, ...], str]
"""A name, with the keys in the chart that lead to it."""

T = TypeVar("T")


def without_kind(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """pydantic's location without the kind of chart that it puts in: `table` is a key, too.

    >>> without_kind(("dashboards", "sales", "charts", "best", "table", "limit"))
    ('dashboards', 'sales', 'charts', 'best', 'limit')
    """
    is_of_chart = loc[:1] == ("dashboards",) and loc[2:3] == ("charts",)
    return (*loc[:4], *loc[5:]) if is_of_chart else loc


class SortSpec(SpecModel):
    """What a chart's rows are in order of: a name, or a mapping."""

    by: ColumnName
    """One of the chart's metrics or dimensions."""
    descending: bool = True
    """Whether the highest comes first."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`sort: takings`"""
        return {"by": value} if isinstance(value, str) else value


class ChartSpec(SpecModel):
    """What every chart says."""

    METRICS: ClassVar[tuple[str, ...]] = ()
    """The keys that name metrics, in the order in which a plan has them."""
    DIMENSIONS: ClassVar[tuple[str, ...]] = ()
    """The keys that name what the chart groups by, in the order in which a plan has them."""
    COLORS: ClassVar[Literal["", "categorical", "sequential"]] = ""
    """The kind of colour schemes that it takes."""
    SINGLE_ROWS: ClassVar[bool] = False
    """Whether it takes `columns` of single rows in place of metrics and dimensions."""

    if TYPE_CHECKING:
        type: ChartKind

    title: Label = Field(min_length=1)
    """The title above it."""
    table: str = Field(max_length=150)
    """The gold table that it reads: one of this spec by its name, another one as readers name it,
    `gold_cinema.brand_performance`."""
    description: str = ""
    """What it shows."""
    time_column: ColumnName | None = None
    """The column that its times come from; the table's by default."""
    time_range: str = Field(default="", max_length=LONGEST_LABEL)
    """Which time it shows, in Superset's words: `Last month`, `2026-01-01 : 2026-02-01`; all of it
    by default."""
    where: str = Field(default="", max_length=10_000)
    """Which rows it shows: a condition in SQL over the table's columns."""

    def metric_names(self) -> Iterator[Named]:
        """The metrics that it names."""
        return self._list_named(self.METRICS)

    def dimension_names(self) -> Iterator[Named]:
        """The dimensions that it names."""
        return self._list_named(self.DIMENSIONS)

    def column_names(self) -> Iterator[Named]:
        """The columns of single rows that it names."""
        return self._list_named(("columns",))

    def value_of(self, key: str, default: T) -> T:
        """The value of a key that only some kinds have."""
        found: T = getattr(self, key, default)
        return found

    def _list_named(self, keys: tuple[str, ...]) -> Iterator[Named]:
        for key in keys:
            value = getattr(self, key, None)
            if isinstance(value, str):
                yield (key,), value
            elif value is not None:
                for at, name in enumerate(value):
                    yield (key, at), name


class BigNumberChart(ChartSpec):
    """One number; with `time_grain`, with its course below it."""

    METRICS = ("metric",)

    type: Literal["big_number"]
    metric: Name
    """The number."""
    time_grain: TimeGrain | None = None
    """The steps of its course over `time_column`: then the number is that of the last step, else of
    all rows."""


class TableChart(ChartSpec):
    """A table: of metrics by dimensions, or of single rows (`columns`)."""

    METRICS = ("metrics",)
    DIMENSIONS = ("dimensions",)
    SINGLE_ROWS = True

    type: Literal["table"]
    metrics: Annotated[tuple[Name, ...], Field(strict=False, max_length=50)] = ()
    """The numbers, a column each."""
    dimensions: SomeColumns = ()
    """What they are grouped by, a column each."""
    columns: SomeColumns = ()
    """In place of both, the columns of single rows."""
    sort: SortSpec | None = None
    """What the rows are in order of."""
    limit: Limit | None = None
    """How many rows."""


class _XYChart(ChartSpec):
    METRICS = ("metrics",)
    DIMENSIONS = ("x_axis", "dimensions")
    COLORS = "categorical"

    x_axis: ColumnName
    """The dimension along the x axis."""
    metrics: SomeMetrics
    """The numbers along the y axis."""
    dimensions: SomeColumns = ()
    """What makes a series each: `[segment]`."""
    time_grain: TimeGrain | None = None
    """The steps of the time column along the x axis."""
    limit: Limit | None = None
    """How many rows it asks for."""
    color_scheme: str = ""
    """One of Superset's categorical colour schemes: `supersetColors`."""


class BarChart(_XYChart):
    """Bars: a metric by a dimension, or over time."""

    type: Literal["bar"]
    stacked: bool = False
    """Whether series are stacked on top of each other."""
    sort: SortSpec | None = None
    """What the bars are in order of."""


class LineChart(_XYChart):
    """Lines: metrics over time."""

    type: Literal["line"]


class AreaChart(_XYChart):
    """Areas: metrics over time, filled."""

    type: Literal["area"]
    stacked: bool = False
    """Whether series are stacked on top of each other."""


class PieChart(ChartSpec):
    """A pie: the parts of a metric."""

    METRICS = ("metric",)
    DIMENSIONS = ("dimensions",)
    COLORS = "categorical"

    type: Literal["pie"]
    metric: Name
    """The whole."""
    dimensions: SomeColumns = Field(min_length=1)
    """What makes a slice each."""
    limit: Limit | None = None
    """How many slices; the largest stay."""
    color_scheme: str = ""
    """One of Superset's categorical colour schemes: `supersetColors`."""


class HeatmapChart(ChartSpec):
    """A heat map: a metric by two dimensions."""

    METRICS = ("metric",)
    DIMENSIONS = ("x_axis", "y_axis")
    COLORS = "sequential"

    type: Literal["heatmap"]
    metric: Name
    """The number that the colours show."""
    x_axis: ColumnName
    """The dimension along the x axis."""
    y_axis: ColumnName
    """The dimension along the y axis."""
    time_grain: TimeGrain | None = None
    """The steps of the time column along the x axis."""
    limit: Limit | None = None
    """How many fields it asks for."""
    color_scheme: str = ""
    """One of Superset's sequential colour schemes: `superset_seq_1`."""


class ScatterChart(ChartSpec):
    """Points: two metrics of each value of a dimension, and a third as the points' size."""

    METRICS = ("x_axis", "y_axis", "size")
    DIMENSIONS = ("entity", "series")
    COLORS = "categorical"

    type: Literal["scatter"]
    x_axis: Name
    """The metric along the x axis."""
    y_axis: Name
    """The metric along the y axis."""
    size: Name | None = None
    """The metric that the points are as large as; one size by default."""
    entity: ColumnName
    """The dimension that makes a point each."""
    series: ColumnName | None = None
    """The dimension that colours them."""
    limit: Limit | None = None
    """How many points."""
    color_scheme: str = ""
    """One of Superset's categorical colour schemes: `supersetColors`."""


class CountryMapChart(ChartSpec):
    """A map: a metric by country, or by region of one country."""

    METRICS = ("metric",)
    DIMENSIONS = ("entity",)
    COLORS = "sequential"

    type: Literal["country_map"]
    country: str
    """`world`, or the country whose regions it shows: `france`."""
    entity: ColumnName
    """The dimension with the codes: of countries by ISO 3166-1 (`FR`), of regions by ISO 3166-2
    (`FR-75`)."""
    metric: Name
    """The number that the colours show."""
    color_scheme: str = ""
    """One of Superset's sequential colour schemes: `superset_seq_1`."""


CHARTS: tuple[type[ChartSpec], ...] = (
    BigNumberChart,
    TableChart,
    BarChart,
    LineChart,
    AreaChart,
    PieChart,
    HeatmapChart,
    ScatterChart,
    CountryMapChart,
)
"""Each kind of chart. A dashboard takes these (`dashboards.Chart`)."""
