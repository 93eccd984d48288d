"""A chart with its dataset: what a kind of chart is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from medallion.bi.assets.dataset import Dataset
from medallion.bi.assets.documents import Document, Json
from medallion.bi.assets.labels import axis_format
from medallion.plan.bi import BiChart, BiMetric
from medallion.spec.models.bi_kinds import traits_of_chart

NO_TIME_RANGE = "No filter"
MOST_ROWS = 10_000
TIME_GRAINS = {
    "hour": "PT1H",
    "day": "P1D",
    "week": "P1W",
    "month": "P1M",
    "quarter": "P3M",
    "year": "P1Y",
}
"""Superset's names of them: ISO 8601 durations."""
_TIME_FORMATS = {
    "hour": "%Y-%m-%d %H:%M",
    "day": "%Y-%m-%d",
    "week": "%Y-%m-%d",
    "month": "%b %Y",
    "quarter": "%Y Q%q",
    "year": "%Y",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartView:
    """A chart, its dataset, and the column of time that it is filtered by."""

    chart: BiChart
    dataset: Dataset
    time_column: str = ""
    """What `time_range` and a dashboard's filter of time act on; empty: nothing."""
    among: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a column, the values that it keeps to."""

    @property
    def metrics(self) -> tuple[BiMetric, ...]:
        """The metrics that it shows, in order."""
        return tuple(self.dataset.metric(name) for name in self.chart.metrics)

    @property
    def metric(self) -> BiMetric:
        """The first metric: of a number, a pie or a map the only one."""
        return self.metrics[0]

    @property
    def x(self) -> str:
        """What is along the x axis: the time of a chart over time, else the first dimension."""
        return self.time_axis or self.chart.dimensions[0]

    @property
    def series(self) -> tuple[str, ...]:
        """What splits the rest of it."""
        dimensions = self.chart.dimensions
        return dimensions if dimensions[:1] != (self.x,) else dimensions[1:]

    @property
    def time_axis(self) -> str:
        """The column of time that is its x axis: the first dimension where it holds times; else, of
        a line, an area, and wherever a grain is asked for, the time column."""
        first = self.chart.dimensions[:1]
        if first and self.dataset.is_temporal(first[0]):
            return first[0]
        traits = traits_of_chart(self.chart.kind)
        is_over_time = traits.is_over_time or self.chart.time_grain is not None
        return self.time_column if is_over_time else ""

    @property
    def time_grain(self) -> str | None:
        """As Superset names it; None where nothing is along time."""
        if not self.time_axis:
            return None
        return TIME_GRAINS[self.chart.time_grain or "day"]

    @property
    def time_format(self) -> str:
        """How a tooltip writes a time of the grain, in d3's form."""
        return _TIME_FORMATS[self.chart.time_grain or "day"]

    @property
    def time_axis_format(self) -> str:
        """How an axis writes it. Superset's own choice calls a January by its year and a last week
        by its weekday; hours are too many for whole dates."""
        return "smart_date" if self.chart.time_grain == "hour" else self.time_format

    @property
    def axis_format(self) -> str:
        """How the axis of its metrics writes numbers: by the first one's format."""
        return axis_format(self.metric.format)

    @property
    def axis_title(self) -> str:
        """Of the axis of its metrics: the metric with its unit; of several, what they share."""
        labels = [self.dataset.label_of(one.name) for one in self.metrics]
        units = {one.unit for one in self.metrics}
        return labels[0] if len(labels) == 1 else units.pop() if len(units) == 1 else ""

    @property
    def row_limit(self) -> int:
        """At most so many rows."""
        return self.chart.limit or MOST_ROWS

    @property
    def is_descending(self) -> bool:
        """Whether large values come first, as they do where the chart does not say."""
        return self.chart.sort.descending if self.chart.sort else True

    @property
    def sort_metric(self) -> Json:
        """What rows are ordered by, as Superset's forms order: by a metric. A metric that is shown
        is named; of another one, or of a column, a metric is made. None: not said."""
        if self.chart.sort is None:
            return None
        by = self.chart.sort.by
        return by if by in self.chart.metrics else self.order_by(by)

    def order_by(self, name: str) -> Json:
        """A metric that is there to order by a metric or a column. Its label is nobody's else: by
        the label of a saved metric Superset would show it as a series."""
        metrics = {one.name: one for one in self.dataset.table.metrics}
        dimension = self.dataset.dimension(name)
        expression = metrics[name].expression if name in metrics else dimension.expression
        order: dict[str, Json] = {
            "hasCustomLabel": True,
            "label": f"Order by {name}",
            "optionName": f"metric_order_by_{name}",
        }
        if name in metrics:
            return {**order, "expressionType": "SQL", "sqlExpression": expression}
        if expression:
            return {**order, "expressionType": "SQL", "sqlExpression": f"min({expression})"}
        column: Json = {"column_name": name, "type": self.dataset.type_of(name).upper() or None}
        return {**order, "expressionType": "SIMPLE", "column": column, "aggregate": "MIN"}

    @property
    def filters(self) -> list[Json]:
        """In the form: the condition, and the range of time that a dashboard's filter replaces."""
        found: list[Json] = []
        if self.time_column:
            found.append(
                {
                    "clause": "WHERE",
                    "expressionType": "SIMPLE",
                    "subject": self.time_column,
                    "operator": "TEMPORAL_RANGE",
                    "comparator": self.chart.time_range or NO_TIME_RANGE,
                    "filterOptionName": f"filter_{self.time_column}",
                }
            )
        for column, values in self.among.items():
            found.append(
                {
                    "clause": "WHERE",
                    "expressionType": "SIMPLE",
                    "subject": column,
                    "operator": "IN",
                    "operatorId": "IN",
                    "comparator": list(values),
                    "filterOptionName": f"filter_{column}",
                }
            )
        if self.chart.where:
            found.append(
                {
                    "clause": "WHERE",
                    "expressionType": "SQL",
                    "sqlExpression": self.chart.where,
                    "filterOptionName": "filter_where",
                }
            )
        return found

    def axis(self, column: str) -> Json:
        """A column as the x axis of a query, cut by the grain where it holds times."""
        axis: dict[str, Json] = {
            "columnType": "BASE_AXIS",
            "expressionType": "SQL",
            "isColumnReference": True,
            "label": column,
            "sqlExpression": column,
        }
        if column == self.time_axis:
            axis["timeGrain"] = self.time_grain
        return axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a kind makes of a chart."""

    viz_type: str
    params: Document
    """What the form holds, besides what all charts have."""
    query: Document
    """What it asks, besides what all charts ask. Superset's browser makes it again from the form;
    it is what the API and reports get."""
