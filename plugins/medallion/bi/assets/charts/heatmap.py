"""A metric by two dimensions, as colours."""

from __future__ import annotations

from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.bi.assets.documents import Json


def heatmap(view: ChartView) -> Rendered:
    """x and y; of one dimension with a grain of time, x is the time."""
    y = view.series[0]
    x = view.axis(view.x) if _is_cut(view) else view.x
    x_order, y_order = _order(view, view.x), _order(view, y, is_upright=True)
    orders: list[Json] = [
        [column, order == "alpha_asc"]
        for column, order in ((x, x_order), (y, y_order))
        if order.startswith("alpha")
    ]
    return Rendered(
        viz_type="heatmap_v2",
        params={
            "x_axis": view.x,
            "time_grain_sqla": view.time_grain if _is_cut(view) else None,
            "groupby": y,
            "metric": view.metric.name,
            "row_limit": view.row_limit,
            "sort_x_axis": x_order,
            "sort_y_axis": y_order,
            "normalize_across": "heatmap",
            "normalized": False,
            "legend_type": "continuous",
            "show_legend": True,
            "show_percentage": False,
            "show_values": False,
            "color_scheme": None,
            "linear_color_scheme": view.chart.color_scheme or "schemeBlues",
            "xscale_interval": -1,
            "yscale_interval": -1,
            "left_margin": "auto",
            "bottom_margin": 20,
            "value_bounds": [None, None],
            "y_axis_format": view.axis_format,
            "x_axis_time_format": view.time_axis_format,
            "xAxisLabelRotation": 0,
        },
        query={
            "columns": [x, y],
            "orderby": orders,
            "post_processing": [{"operation": "rank", "options": {"metric": view.metric.name}}],
        },
    )


def _is_cut(view: ChartView) -> bool:
    """Whether a grain may cut the x axis. Superset orders it by its uncut expression, which is
    another one than it groups by: a calculated column is taken as it is."""
    return not view.dataset.dimension(view.x).expression


def _order(view: ChartView, column: str, *, is_upright: bool = False) -> str:
    """Times and names in order; by the metric where the spec says so. The first name of an upright
    axis is the lowest one: the last name comes first there, so that people read down."""
    sort = view.chart.sort
    if view.dataset.is_temporal(column):
        return "alpha_asc"
    if sort is None:
        return "alpha_desc" if is_upright else "alpha_asc"
    if sort.by in (view.x, *view.series):
        return "alpha_desc" if sort.by == column and sort.descending else "alpha_asc"
    return "value_desc" if sort.descending else "value_asc"
