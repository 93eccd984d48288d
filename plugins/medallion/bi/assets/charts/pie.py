"""Parts of a whole."""

from __future__ import annotations

from medallion.bi.assets.charts.view import ChartView, Rendered


def pie(view: ChartView) -> Rendered:
    """Large slices first. Names are in the legend, for beside the slices they are cut."""
    metric = view.metric
    return Rendered(
        viz_type="pie",
        params={
            "groupby": list(view.chart.dimensions),
            "metric": metric.name,
            "row_limit": view.row_limit,
            "sort_by_metric": True,
            "number_format": view.axis_format,
            "label_type": "percent",
            "show_labels": True,
            "labels_outside": True,
            "label_line": True,
            "show_labels_threshold": 3,
            "donut": True,
            "innerRadius": 40,
            "outerRadius": 70,
            "show_total": False,
            "show_legend": True,
            "legendType": "scroll",
            "legendOrientation": "top",
            "date_format": "smart_date",
        },
        query={
            "columns": list(view.chart.dimensions),
            "orderby": [[metric.name, False]],
        },
    )
