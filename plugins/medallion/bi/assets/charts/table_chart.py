"""A table: rows as they are, or metrics by dimensions."""

from __future__ import annotations

from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.bi.assets.documents import Document, Json, as_json
from medallion.bi.assets.labels import column_format

_PAGE = 50
"""Rows before a pager shows."""


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
        query={"columns": list(columns), "metrics": [], "orderby": order},
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
        query={"columns": columns, "orderby": [[by, not view.is_descending]] if by else []},
    )


def _looks(view: ChartView, columns: tuple[str, ...]) -> Document:
    return {
        "row_limit": view.row_limit,
        "page_length": _PAGE if view.row_limit > _PAGE else 0,
        "table_timestamp_format": view.time_format if view.time_axis else "smart_date",
        "include_search": False,
        "align_pn": False,
        "color_pn": False,
        "allow_render_html": False,
        "column_config": _formats(view, columns),
    }


def _formats(view: ChartView, columns: tuple[str, ...]) -> Document:
    """Of columns; metrics have their own."""
    found = {one: column_format(one, view.dataset.type_of(one)) for one in columns}
    return {one: {"d3NumberFormat": number} for one, number in found.items() if number}
