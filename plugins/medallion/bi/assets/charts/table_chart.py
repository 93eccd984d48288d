"""A table: rows as they are, or metrics by dimensions."""

from __future__ import annotations

from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.bi.assets.documents import Document, Json, as_json
from medallion.bi.assets.labels import column_format, is_time_format

_DATE, _MOMENT = "%Y-%m-%d", "%Y-%m-%d %H:%M"
_PAGE = 200
_MOST_ROWS = 1_000
"""By default all of them are on one page, without a pager that takes a row's place."""


def table_chart(view: ChartView) -> Rendered:
    """With metrics it groups, with `columns` it shows single rows."""
    return _rows(view) if view.chart.columns else _groups(view)


def _rows(view: ChartView) -> Rendered:
    sort = view.chart.sort
    order: list[Json] = [[sort.by, not sort.descending]] if sort else []
    columns = view.chart.columns
    return Rendered(
        viz_type="table",
        params={
            **_looks(view, columns),
            "query_mode": "raw",
            "all_columns": list(columns),
            "order_by_cols": [as_json(one) for one in order],
            "show_cell_bars": False,
        },
        # Without metrics rather than with none of them: Superset would group, and equal rows meet.
        query={
            "columns": list(columns),
            "metrics": None,
            "orderby": order,
            "row_limit": row_limit(view),
        },
    )


def _groups(view: ChartView) -> Rendered:
    metrics = view.chart.metrics
    by = view.sort_metric or (metrics[0] if metrics else None)
    dimensions = view.chart.dimensions
    columns = [view.axis(one) if one == view.time_axis else one for one in dimensions]
    return Rendered(
        viz_type="table",
        params={
            **_looks(view, dimensions),
            "query_mode": "aggregate",
            "groupby": list(dimensions),
            "metrics": list(metrics),
            "timeseries_limit_metric": view.sort_metric,
            "order_desc": view.is_descending,
            "time_grain_sqla": view.time_grain,
            "temporal_columns_lookup": {
                one: True for one in dimensions if view.dataset.is_temporal(one)
            },
            "show_cell_bars": True,
            "show_totals": False,
        },
        query={
            "columns": columns,
            "orderby": [[by, not view.is_descending]] if by else [],
            "row_limit": row_limit(view),
        },
    )


def row_limit(view: ChartView) -> int:
    """A browser shows no 10,000 rows at once."""
    return view.chart.limit or _MOST_ROWS


def _looks(view: ChartView, columns: tuple[str, ...]) -> Document:
    return {
        "row_limit": row_limit(view),
        "page_length": 0 if row_limit(view) <= _MOST_ROWS else _PAGE,
        "table_timestamp_format": view.time_format if view.time_axis else _MOMENT,
        "include_search": False,
        "align_pn": False,
        "color_pn": False,
        "allow_render_html": False,
        "column_config": _formats(view, columns),
    }


def _formats(view: ChartView, columns: tuple[str, ...]) -> Document:
    """Of columns: metrics have their own. Bars compare the metric that orders the table, of others
    they would only hide the numbers."""
    found: dict[str, Json] = {}
    for name in columns:
        if number := column_format(name, view.dataset.type_of(name)):
            found[name] = {"d3NumberFormat": number}
        elif view.dataset.type_of(name) == "date" and name != view.time_axis:
            found[name] = {"d3TimeFormat": _DATE}
    barred = view.sort_metric if isinstance(view.sort_metric, str) else None
    for metric in view.metrics:
        if is_time_format(metric.format):
            found[metric.name] = {"showCellBars": False, "d3TimeFormat": metric.format}
        elif metric.name != (barred or view.metric.name):
            found[metric.name] = {"showCellBars": False}
    return found
