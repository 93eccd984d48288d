"""Bars, lines and areas: metrics along an axis of time or of names, split into series."""

from __future__ import annotations

from medallion.bi.assets.charts.query import FLATTEN, pivot
from medallion.bi.assets.charts.view import MOST_ROWS, ChartView, Rendered
from medallion.bi.assets.documents import Document, Json


def bar(view: ChartView) -> Rendered:
    """Names stand beside the bars, which lie, so that none is cut or turned."""
    is_lying = not view.time_axis
    return _rendered(
        view,
        "echarts_timeseries_bar",
        {
            "orientation": "horizontal" if is_lying else "vertical",
            "stack": "Stack" if view.chart.stacked else None,
            "show_value": is_lying and not view.series and len(view.metrics) == 1,
        },
    )


def line(view: ChartView) -> Rendered:
    """A line for each series."""
    return _rendered(
        view,
        "echarts_timeseries_line",
        {"markerEnabled": False, "seriesType": "line", "stack": None},
    )


def area(view: ChartView) -> Rendered:
    """As lines, on top of each other if it is said."""
    stack = "Stack" if view.chart.stacked else None
    return _rendered(
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


def _rendered(view: ChartView, viz_type: str, own: Document) -> Rendered:
    return Rendered(viz_type=viz_type, params={**_params(view), **own}, query=_query(view))


def _params(view: ChartView) -> dict[str, Json]:
    return {
        "x_axis": view.x,
        "time_grain_sqla": view.time_grain,
        "metrics": list(view.chart.metrics),
        "groupby": list(view.series),
        "limit": _series_limit(view) or None,
        "timeseries_limit_metric": view.sort_metric,
        "order_desc": _is_descending(view),
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
        "y_axis_title_margin": 50,
        "y_axis_title_position": "Left",
        "y_axis_format": view.axis_format,
        "x_axis_time_format": "smart_date",
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


def _order(view: ChartView) -> Document:
    """How names stand along the axis; times stand in order. With several series Superset orders by
    their sum."""
    if view.time_axis:
        return {"x_axis_sort": None, "x_axis_sort_asc": True}
    by = view.chart.sort.by if view.chart.sort else view.metric.name
    order: dict[str, Json] = {"x_axis_sort": by, "x_axis_sort_asc": not view.is_descending}
    if view.series or len(view.metrics) > 1:
        order["x_axis_sort"] = "name" if by == view.x else "sum"
        order["x_axis_sort_series"] = order["x_axis_sort"]
        order["x_axis_sort_series_ascending"] = not view.is_descending
    return order


def _query(view: ChartView) -> Document:
    metrics = (*view.chart.metrics, *_sorted_by_another(view))
    columns: list[Json] = [view.axis(view.x), *view.series]
    steps: list[Json] = [pivot(view.x, view.series, metrics), *_sort_step(view)]
    if view.series and len(view.metrics) == 1:
        renamed = {view.metric.name: None}
        steps.append(
            {"operation": "rename", "options": {"columns": renamed, "level": 0, "inplace": True}}
        )
    return {
        "columns": columns,
        "metrics": list(metrics),
        "series_columns": list(view.series),
        "series_limit": _series_limit(view),
        "series_limit_metric": view.sort_metric,
        "order_desc": _is_descending(view),
        "orderby": [[view.sort_metric or view.metric.name, not _is_descending(view)]],
        "row_limit": _row_limit(view),
        "post_processing": [*steps, FLATTEN],
    }


def _sort_step(view: ChartView) -> list[Json]:
    """Names in order, where there is one series."""
    if view.time_axis or view.series or len(view.metrics) > 1:
        return []
    by = view.chart.sort.by if view.chart.sort else view.metric.name
    by_what: dict[str, Json] = {"is_sort_index": True} if by == view.x else {"by": by}
    return [{"operation": "sort", "options": {**by_what, "ascending": not view.is_descending}}]


def _sorted_by_another(view: ChartView) -> tuple[str, ...]:
    """A metric that orders the names and is not shown."""
    by = view.sort_metric
    is_another = isinstance(by, str) and by not in view.chart.metrics
    return (by,) if is_another and isinstance(by, str) and not view.series else ()


def _is_descending(view: ChartView) -> bool:
    """Which rows a limit keeps. Along time, or with series, the order of names is another thing."""
    return view.is_descending


def _series_limit(view: ChartView) -> int:
    """With series a limit keeps so many of them, the largest; 0: all."""
    return view.chart.limit or 0 if view.series else 0


def _row_limit(view: ChartView) -> int:
    return MOST_ROWS if view.series else view.row_limit
