"""A dashboard with its charts, its filters and what says how fresh it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from medallion.bi.assets.charts.asset import Place, chart_asset
from medallion.bi.assets.charts.view import ChartView
from medallion.bi.assets.dataset import Dataset
from medallion.bi.assets.documents import VERSION, Asset, Document, Json
from medallion.bi.assets.filters import acts_on, filter_of
from medallion.bi.assets.freshness import (
    FRESHNESS_CHART,
    freshness_asset,
    freshness_height,
    freshness_view,
)
from medallion.bi.assets.identity import path_of, uuid_of
from medallion.bi.assets.layout import PlacedChart, position_of, rows_of
from medallion.names import TableName
from medallion.plan.bi import BiChart, BiDashboard, LayoutItem
from medallion.spec.models.bi_kinds import traits_of_filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Datasets:
    """The datasets that dashboards may read."""

    by_table: Mapping[TableName, Dataset]
    freshness: Dataset


def dashboard_assets(place: Place, datasets: Datasets) -> Iterator[Asset]:
    """The charts, the one of freshness first, and last the dashboard.

    Raises:
        KeyError: a chart reads a table that is not among the datasets.
    """
    dashboard = place.dashboard
    freshness = freshness_view(datasets.freshness, dashboard.tables)
    views = [freshness, *(_view(dashboard, chart, datasets) for chart in dashboard.charts)]
    assets = [freshness_asset(place, freshness), *(chart_asset(place, one) for one in views[1:])]
    yield from assets
    placed = {
        view.chart.name: PlacedChart(asset=asset, number=number)
        for number, (view, asset) in enumerate(zip(views, assets, strict=True), start=1)
    }
    sources = dict.fromkeys(datasets.by_table[one.table].uuid for one in dashboard.filters)
    needs = (*(one.uuid for one in assets), *sources)
    footer = _footer(datasets.by_table[name] for name in dashboard.tables)
    metadata = _metadata(dashboard, views, datasets)
    yield _dashboard(place, placed, needs, metadata, (*rows_of(dashboard), *footer))


def _footer(datasets: Iterable[Dataset]) -> tuple[tuple[LayoutItem, ...], ...]:
    """A last row with the texts that the licences of the sources ask for; none where they ask for
    none."""
    said = dict.fromkeys(text for dataset in datasets for text in dataset.attributions)
    return ((LayoutItem(markdown="\n\n".join(said)),),) if said else ()


def _view(dashboard: BiDashboard, chart: BiChart, datasets: Datasets) -> ChartView:
    dataset = datasets.by_table[chart.table]
    hidden = {*chart.columns, *chart.dimensions} & dataset.table.protected
    if hidden:
        names = ", ".join(sorted(hidden))
        raise ValueError(f"chart {chart.name} of {dashboard.name} shows protected columns: {names}")
    return ChartView(
        chart=chart, dataset=dataset, time_column=_time_column(dashboard, chart, dataset)
    )


def _time_column(dashboard: BiDashboard, chart: BiChart, dataset: Dataset) -> str:
    """The chart's own, its table's, its axis, or the one that the dashboard filters by."""
    candidates = (
        chart.time_column,
        dataset.table.time_column,
        *(one for one in chart.dimensions[:1] if dataset.is_temporal(one)),
        *(one.column for one in dashboard.filters if traits_of_filter(one.kind).is_of_time),
    )
    return next((one for one in candidates if one and dataset.has(one)), "")


def _metadata(
    dashboard: BiDashboard, views: list[ChartView], datasets: Datasets
) -> dict[str, Json]:
    filters: list[Json] = []
    for one in dashboard.filters:
        excluded = [number for number, view in enumerate(views, start=1) if not acts_on(one, view)]
        filters.append(filter_of(one, datasets.by_table[one.table].uuid, excluded))
    return {
        "native_filter_configuration": filters,
        "filter_bar_orientation": "HORIZONTAL",
        "cross_filters_enabled": True,
        "color_scheme": "",
        "label_colors": {},
        "shared_label_colors": [],
        "expanded_slices": {},
        "timed_refresh_immune_slices": [],
        "refresh_frequency": 0,
    }


def _dashboard(
    place: Place,
    charts: Mapping[str, PlacedChart],
    needs: tuple[str, ...],
    metadata: Document,
    rows: Iterable[tuple[LayoutItem, ...]],
) -> Asset:
    dashboard = place.dashboard
    tile = LayoutItem(chart=FRESHNESS_CHART, height=freshness_height(len(dashboard.tables)))
    uuid = uuid_of(place.project, "dashboard", f"{dashboard.domain}/{dashboard.name}")
    return Asset(
        kind="dashboard",
        key=f"{dashboard.domain}/{dashboard.name}",
        uuid=uuid,
        path=path_of("dashboard", place.slug),
        name=place.slug,
        needs=needs,
        document={
            "dashboard_title": dashboard.title,
            "description": dashboard.description or None,
            "css": "",
            "slug": place.slug,
            "certified_by": dashboard.certified_by or None,
            "certification_details": dashboard.certification_details or None,
            "published": True,
            "position": position_of(dashboard, ((tile,), *rows), charts),
            "metadata": metadata,
            "is_managed_externally": True,
            "external_url": place.spec_url or None,
            "uuid": uuid,
            "version": VERSION,
        },
    )
