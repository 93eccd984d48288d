"""Points by two metrics, their size by a third."""

from __future__ import annotations

from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.bi.assets.documents import Json
from medallion.bi.assets.labels import axis_format, title_margin

_COUNT: Json = {
    "expressionType": "SQL",
    "sqlExpression": "count(*)",
    "label": "Rows",
    "optionName": "metric_rows",
    "hasCustomLabel": True,
}
_ONE: Json = {
    "expressionType": "SQL",
    "sqlExpression": "cast('all' as text)",
    "label": "All",
    "hasCustomLabel": True,
}
"""What colours points alike: without a series Superset gives each point a colour of its own."""


def scatter(view: ChartView) -> Rendered:
    """A point for each value of the first dimension; the second one, if any, colours them."""
    x, y, *sizes = view.metrics
    entity, *series = view.chart.dimensions
    size: Json = sizes[0].name if sizes else _COUNT
    by = _order(view)
    metrics: list[Json] = list(dict.fromkeys((x.name, y.name, *(one.name for one in sizes))))
    return Rendered(
        viz_type="bubble_v2",
        params={
            "entity": entity,
            "series": series[0] if series else _ONE,
            "x": x.name,
            "y": y.name,
            "size": size,
            "orderby": by,
            "order_desc": view.is_descending,
            "row_limit": view.row_limit,
            "max_bubble_size": "25" if sizes else "10",
            "opacity": 0.7,
            "show_legend": bool(series),
            "legendType": "scroll",
            "legendOrientation": "top",
            "x_axis_label": view.dataset.label_of(x.name),
            "x_axis_title_margin": 30,
            "xAxisFormat": axis_format(x.format),
            "xAxisLabelRotation": 0,
            "y_axis_label": view.dataset.label_of(y.name),
            "y_axis_title_margin": title_margin(axis_format(y.format)),
            "y_axis_format": axis_format(y.format),
            "yAxisLabelRotation": 0,
            "tooltipSizeFormat": axis_format(sizes[0].format) if sizes else "d",
            # Its default is a word, of which the axis makes no labels but its ends.
            "xAxisLabelInterval": None,
            "truncateXAxis": False,
            "xAxisBounds": [None, None],
            "truncateYAxis": True,
            "y_axis_bounds": [None, None],
            "logXAxis": False,
            "logYAxis": False,
        },
        query={
            "columns": [entity, series[0] if series else _ONE],
            "metrics": metrics if sizes else [*metrics, size],
            "orderby": [[by, not view.is_descending]] if by else [],
        },
    )


def _order(view: ChartView) -> Json:
    """Which points a limit keeps, as a metric of its own: of a saved one's bare name Superset's
    browser makes an error, and the whole dashboard stays empty. None: all are kept."""
    if view.chart.sort:
        return view.order_by(view.chart.sort.by)
    return view.order_by(view.chart.metrics[-1]) if view.chart.limit else None
