"""Which function makes which kind of chart, and how tall one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from medallion.bi.assets.charts.big_number import big_number
from medallion.bi.assets.charts.country_map import country_map
from medallion.bi.assets.charts.heatmap import heatmap
from medallion.bi.assets.charts.pie import pie
from medallion.bi.assets.charts.scatter import scatter
from medallion.bi.assets.charts.table_chart import table_chart
from medallion.bi.assets.charts.timeseries import area, bar, line
from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.plan.bi import BiChart
from medallion.spec.models.bi_kinds import ChartKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What draws a chart in Superset, and how much of a dashboard it takes."""

    render: Callable[[ChartView], Rendered]
    height: int = 48
    """On a dashboard, in grid units of 8 pixels, its title included."""
    height_over_time: int = 0
    """The same where it shows a course of time; 0: no other."""

    def height_of(self, chart: BiChart) -> int:
        """In grid units of 8 pixels, its title included; a course of time may need another
        height."""
        return (chart.time_grain and self.height_over_time) or self.height


KINDS: Mapping[ChartKind, Kind] = {
    "big_number": Kind(render=big_number, height=20, height_over_time=28),
    "table": Kind(render=table_chart),
    "bar": Kind(render=bar),
    "line": Kind(render=line),
    "area": Kind(render=area),
    "pie": Kind(render=pie),
    "heatmap": Kind(render=heatmap),
    "scatter": Kind(render=scatter),
    "country_map": Kind(render=country_map, height=56),
}
