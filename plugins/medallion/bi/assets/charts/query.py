"""Queries as Superset's browser makes them of a form: what `query_context` holds."""

from __future__ import annotations

from medallion.bi.assets.charts.view import NO_TIME_RANGE, ChartView
from medallion.bi.assets.documents import Document, Json

FLATTEN: Document = {"operation": "flatten"}


def base_query(view: ChartView) -> dict[str, Json]:
    """What all charts ask alike."""
    extras: dict[str, Json] = {"having": "", "where": _where(view.chart.where)}
    if view.time_grain:
        extras["time_grain_sqla"] = view.time_grain
    return {
        "annotation_layers": [],
        "applied_time_extras": {},
        "columns": [],
        "custom_form_data": {},
        "custom_params": {},
        "extras": extras,
        "filters": _filters(view),
        "metrics": list(view.chart.metrics),
        "order_desc": True,
        "orderby": [],
        "post_processing": [],
        "row_limit": view.row_limit,
        "series_limit": 0,
        "url_params": {},
    }


def pivot(index: str, columns: tuple[str, ...], metrics: tuple[str, ...]) -> Document:
    """A column for each series. Cells hold one value: its mean drops no NULL."""
    return {
        "operation": "pivot",
        "options": {
            "index": [index],
            "columns": list(columns),
            "aggregates": {metric: {"operator": "mean"} for metric in metrics},
            "drop_missing_columns": False,
        },
    }


def _filters(view: ChartView) -> list[Json]:
    found: list[Json] = [
        {"col": column, "op": "IN", "val": list(values)} for column, values in view.among.items()
    ]
    if view.time_column:
        time_range = view.chart.time_range or NO_TIME_RANGE
        found.append({"col": view.time_column, "op": "TEMPORAL_RANGE", "val": time_range})
    return found


def _where(condition: str) -> str:
    """In brackets; a comment at its end would take the closing one."""
    if not condition:
        return ""
    return f"({condition}\n)" if "--" in condition else f"({condition})"
