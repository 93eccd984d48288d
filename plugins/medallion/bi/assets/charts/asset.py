"""A chart as Superset's file."""

from __future__ import annotations

from dataclasses import dataclass

from medallion.bi.assets.charts.query import base_query
from medallion.bi.assets.charts.table import KINDS
from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.bi.assets.documents import VERSION, Asset, Document, Json, as_json
from medallion.bi.assets.identity import path_of, uuid_of
from medallion.plan.bi import BiDashboard

_CATEGORICAL = "supersetColors"
_NO_SOURCE = "0__table"
"""An import writes the dataset's number here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a chart takes from its dashboard."""

    project: str
    dashboard: BiDashboard
    spec_url: str = ""

    @property
    def slug(self) -> str:
        """Of the dashboard: no two domains share one."""
        return f"{self.dashboard.domain}-{self.dashboard.name}"

    def key_of(self, chart: str) -> str:
        """`shop/sales/best`: domain, dashboard and chart, from which the UUID is made."""
        return f"{self.dashboard.domain}/{self.dashboard.name}/{chart}"

    def uuid_of(self, chart: str) -> str:
        """The UUID by which Superset finds the chart again, the same at each generation."""
        return uuid_of(self.project, "chart", self.key_of(chart))


def chart_asset(place: Place, view: ChartView) -> Asset:
    """The file that Superset imports for a chart, drawn by what its kind says."""
    return asset_of(place, view, KINDS[view.chart.kind].render(view))


def asset_of(
    place: Place, view: ChartView, rendered: Rendered, *, cache_timeout: int | None = None
) -> Asset:
    """The file of a chart that is made already."""
    chart, dashboard = view.chart, place.dashboard
    params = _params(view, rendered)
    uuid = place.uuid_of(chart.name)
    return Asset(
        kind="chart",
        key=place.key_of(chart.name),
        uuid=uuid,
        path=path_of("chart", f"{place.slug}-{chart.name}"),  # `-` is in no name
        name=chart.title,
        needs=(view.dataset.uuid,),
        document={
            "slice_name": chart.title,
            "description": chart.description or None,
            "certified_by": dashboard.certified_by or None,
            "certification_details": dashboard.certification_details or None,
            "viz_type": rendered.viz_type,
            "params": params,
            "query_context": as_json(_query_context(view, rendered, params)),
            "cache_timeout": cache_timeout,
            "dataset_uuid": view.dataset.uuid,
            "is_managed_externally": True,
            "external_url": place.spec_url or None,
            "uuid": uuid,
            "version": VERSION,
        },
    )


def _params(view: ChartView, rendered: Rendered) -> Document:
    return {
        "adhoc_filters": view.filters,
        "color_scheme": view.chart.color_scheme or _CATEGORICAL,
        "extra_form_data": {},
        **rendered.params,
        "datasource": _NO_SOURCE,
        "viz_type": rendered.viz_type,
    }


def _query_context(view: ChartView, rendered: Rendered, params: Document) -> Json:
    query = {**base_query(view), **rendered.query}
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "form_data": params,
        "queries": [query],
        "result_format": "json",
        "result_type": "full",
    }
