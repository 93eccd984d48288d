"""Bars, lines and areas: metrics along an axis of time or of names, split into series."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.bi.assets.charts.query import FLATTEN, pivot
from medallion.bi.assets.charts.view import MOST_ROWS, ChartView, Rendered
from medallion.bi.assets.documents import Document, Json
from medallion.bi.assets.labels import title_margin

_SHORT_TITLE = 14
"""Characters."""


def bar(view: ChartView) -> Rendered:
    """Names are beside the bars, which are horizontal, so that none is cut or turned."""
    is_lying = not view.time_axis
    return _render(
        view,
        "echarts_timeseries_bar",
        {
            "orientation": "horizontal" if is_lying else "vertical",
            "stack": "Stack" if view.chart.stacked else None,
            "show_value": is_lying and not view.series and len(view.metrics) == 1,
        },
    )


def line(view: ChartView) -> Rendered:
    """ECharts' line chart: a line for each series, none stacked."""
    return _render(
        view,
        "echarts_timeseries_line",
        {"markerEnabled": False, "seriesType": "line", "stack": None},
    )


def area(view: ChartView) -> Rendered:
    """As lines, on top of each other if the spec says so."""
    stack = "Stack" if view.chart.stacked else None
    return _render(
        view,
        "echarts_area",
        {
            "area": True,
            "markerEnabled": False,
            "opacity": 0.4,
            "seriesType": "line",
            "stack": stack,
        },
    )


def _render(view: ChartView, viz_type: str, own: Document) -> Rendered:
    return Rendered(viz_type=viz_type, params={**_params(view), **own}, query=_query(view))


def _params(view: ChartView) -> dict[str, Json]:
    return {
        "x_axis": view.x,
        "time_grain_sqla": view.time_grain,
        "metrics": list(view.chart.metrics),
        "groupby": list(view.series),
        "limit": _series_limit(view) or None,
        "timeseries_limit_metric": view.sort_metric,
        "order_desc": view.is_descending,
        "row_limit": _row_limit(view),
        "truncate_metric": True,
        "show_empty_columns": True,
        "annotation_layers": [],
        "forecastEnabled": False,
        **_order(view),
        **_looks(view),
    }


def _looks(view: ChartView) -> Document:
    return {
        "x_axis_title": "",
        "x_axis_title_margin": 15,
        "y_axis_title": view.axis_title,
        **_title_place(view),
        "y_axis_format": view.axis_format,
        "x_axis_time_format": view.time_axis_format,
        "xAxisLabelRotation": 0,
        "tooltipTimeFormat": view.time_format,
        "rich_tooltip": True,
        "showTooltipTotal": view.chart.stacked,
        "only_total": True,
        "show_legend": bool(view.series) or len(view.metrics) > 1,
        "legendType": "scroll",
        "legendOrientation": "top",
        "sort_series_type": "sum",
        "sort_series_ascending": False,
        "truncateYAxis": False,
        "y_axis_bounds": [None, None],
        "zoomable": False,
        "minorTicks": False,
        "logAxis": False,
    }


def _title_place(view: ChartView) -> Document:
    """Above an upright axis, where it is read without turning one's head; a long one beside it,
    since half of it stands left of the axis; of a lying axis below it."""
    if not view.time_axis:
        return {"y_axis_title_position": "Left", "y_axis_title_margin": 30}
    if len(view.axis_title) <= _SHORT_TITLE:
        return {"y_axis_title_position": "Top", "y_axis_title_margin": 15}
    return {
        "y_axis_title_position": "Left",
        "y_axis_title_margin": title_margin(view.axis_format),
    }


def _order(view: ChartView) -> Document:
    """The order of names along the axis; times have their own. The first name of an axis is the
    lowest one: what comes first for a reader is last here. With several series Superset orders by
    their sum."""
    if view.time_axis:
        return {"x_axis_sort": None, "x_axis_sort_asc": True}
    if not (view.series or len(view.metrics) > 1):
        return {"x_axis_sort": _label(_sorts_by(view)), "x_axis_sort_asc": view.is_descending}
    by = "name" if view.chart.sort and view.chart.sort.by == view.x else "sum"
    return {
        "x_axis_sort": by,
        "x_axis_sort_asc": view.is_descending,
        "x_axis_sort_series": by,
        "x_axis_sort_series_ascending": view.is_descending,
    }


def _sorts_by(view: ChartView) -> Json:
    """The axis itself, or a metric."""
    if view.chart.sort and view.chart.sort.by == view.x:
        return view.x
    return view.sort_metric or view.metric.name


def _label(metric: Json) -> str:
    return str(metric["label"]) if isinstance(metric, Mapping) else str(metric)


def _query(view: ChartView) -> Document:
    metrics: list[Json] = [*view.chart.metrics, *_find_hidden_order(view)]
    names = tuple(_label(metric) for metric in metrics)
    steps: list[Json] = [pivot(view.x, view.series, names), *_sort_step(view)]
    if view.series and len(view.metrics) == 1:
        renamed = {view.metric.name: None}
        steps.append(
            {"operation": "rename", "options": {"columns": renamed, "level": 0, "inplace": True}}
        )
    return {
        "columns": [view.axis(view.x), *view.series],
        "metrics": metrics,
        "series_columns": list(view.series),
        "series_limit": _series_limit(view),
        "series_limit_metric": view.sort_metric,
        "order_desc": view.is_descending,
        "orderby": [[view.sort_metric or view.metric.name, not view.is_descending]],
        "row_limit": _row_limit(view),
        "post_processing": [*steps, FLATTEN],
    }


def _sort_step(view: ChartView) -> list[Json]:
    """Names in order, where there is one series."""
    if view.time_axis or view.series or len(view.metrics) > 1:
        return []
    by = _sorts_by(view)
    what: dict[str, Json] = {"is_sort_index": True} if by == view.x else {"by": _label(by)}
    return [{"operation": "sort", "options": {**what, "ascending": view.is_descending}}]


def _find_hidden_order(view: ChartView) -> list[Json]:
    """What orders the names and is not shown."""
    if view.time_axis or view.series or len(view.metrics) > 1:
        return []
    by = _sorts_by(view)
    return [by] if isinstance(by, Mapping) else []


def _series_limit(view: ChartView) -> int:
    """With series a limit keeps so many of them, the largest; 0: all."""
    return view.chart.limit or 0 if view.series else 0


def _row_limit(view: ChartView) -> int:
    return MOST_ROWS if view.series else view.row_limit
