"""One number; with a grain of time also its course, of which it is the last value."""

from __future__ import annotations

from medallion.bi.assets.charts.query import FLATTEN, pivot
from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.bi.assets.documents import Document
from medallion.bi.assets.labels import SMART_NUMBER, is_time_format, offers_unit


def big_number(view: ChartView) -> Rendered:
    """The unit is shown below the number."""
    return _over_time(view) if view.time_axis else _total(view)


def _total(view: ChartView) -> Rendered:
    return Rendered(
        viz_type="big_number_total",
        params={**_looks(view), "force_timestamp_formatting": is_time_format(view.metric.format)},
        query={},
    )


def _over_time(view: ChartView) -> Rendered:
    return Rendered(
        viz_type="big_number",
        params={
            **_looks(view),
            "x_axis": view.x,
            "time_grain_sqla": view.time_grain,
            "aggregation": "LAST_VALUE",
            "show_timestamp": True,
            "show_trend_line": True,
            "start_y_axis_at_zero": True,
            "rolling_type": "None",
            "time_format": view.time_format,
        },
        query={
            "columns": [view.axis(view.x)],
            "post_processing": [pivot(view.x, (), view.chart.metrics), FLATTEN],
        },
    )


def _looks(view: ChartView) -> Document:
    metric = view.metric
    is_time = is_time_format(metric.format)
    return {
        "metric": metric.name,
        "subtitle": metric.unit if offers_unit(metric.format) else "",
        "header_font_size": 0.4,
        "subtitle_font_size": 0.15,
        "y_axis_format": SMART_NUMBER if is_time else metric.format or SMART_NUMBER,
        "time_format": metric.format if is_time else "smart_date",
    }
