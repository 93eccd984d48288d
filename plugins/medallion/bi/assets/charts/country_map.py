"""Countries of the world, or regions of one country, coloured by a metric."""

from __future__ import annotations

from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.bi.assets.documents import Document

WORLD = "world"


def country_map(view: ChartView) -> Rendered:
    """Its dimension holds ISO 3166-1 codes of countries, or ISO 3166-2 codes of regions."""
    metric = view.metric
    looks: Document = {
        "entity": view.chart.dimensions[0],
        "metric": metric.name,
        # With one of these Superset gives each region a colour of its own, whatever its number.
        "color_scheme": None,
        "linear_color_scheme": view.chart.color_scheme or "schemeBlues",
        "row_limit": view.row_limit,
    }
    query: Document = {
        "columns": [view.chart.dimensions[0]],
        "orderby": [[metric.name, False]],
    }
    if view.chart.country in ("", WORLD):
        return Rendered(viz_type="world_map", params={**looks, **_world(view)}, query=query)
    own: Document = {"select_country": view.chart.country, "number_format": view.axis_format}
    return Rendered(viz_type="country_map", params={**looks, **own}, query=query)


def _world(view: ChartView) -> Document:
    """Codes of three letters are known by their column's type."""
    is_long = view.dataset.type_of(view.chart.dimensions[0]).endswith("(3)")
    return {
        "country_fieldtype": "cca3" if is_long else "cca2",
        "secondary_metric": None,
        "show_bubbles": False,
        "max_bubble_size": "25",
        "color_by": "metric",
        "sort_by_metric": True,
        "y_axis_format": view.axis_format,
    }
