"""From declarations to all assets of a project."""

from __future__ import annotations

from collections.abc import Iterable

from medallion.bi.assets.charts.asset import Place
from medallion.bi.assets.dashboard import Datasets, dashboard_assets
from medallion.bi.assets.database import database_asset
from medallion.bi.assets.dataset import Dataset, dataset_asset
from medallion.bi.assets.documents import KINDS, Asset, Assets
from medallion.bi.assets.freshness import freshness_dataset
from medallion.bi.assets.identity import uuid_of
from medallion.bi.assets.inputs import DeclaredDashboard, DeclaredTable, Warehouse


def generate(
    warehouse: Warehouse,
    tables: Iterable[DeclaredTable],
    dashboards: Iterable[DeclaredDashboard],
) -> Assets:
    """All that the project gives to Superset; the same input gives the same assets, in whatever
    order it comes. Nothing to show gives no asset at all.

    Args:
        warehouse: the database.
        tables: each once: those with declarations for the BI team and those that charts read. Which
            of their columns are protected is known from here alone.
        dashboards: each once.

    Raises:
        KeyError: a chart reads a table that is not among them, or shows a metric that it has not.
        ValueError: a chart shows a protected column. Validation refuses such specs.
    """
    declared = sorted(tables, key=lambda one: one.table.table)
    shown = sorted(dashboards, key=lambda one: (one.dashboard.domain, one.dashboard.name))
    if not declared and not shown:
        return Assets(assets=())
    database = database_asset(warehouse)
    datasets = [Dataset.of(warehouse.project, one) for one in declared]
    freshness = freshness_dataset(warehouse)
    known = Datasets(by_table={one.table.table: one for one in datasets}, freshness=freshness)
    assets = [database, *(dataset_asset(one, database) for one in (*datasets, freshness))]
    owners = {one.uuid: _names(one.table.owner, one.table.contacts) for one in datasets}
    for one in shown:
        place = Place(project=warehouse.project, dashboard=one.dashboard, spec_url=one.spec_url)
        made = list(dashboard_assets(place, known))
        owners |= {each.uuid: _names(one.dashboard.owner, one.dashboard.contacts) for each in made}
        assets += made
    return Assets(
        assets=tuple(sorted(assets, key=_order)),
        roles={
            uuid_of(warehouse.project, "dashboard", f"{d.domain}/{d.name}"): d.roles
            for d in (one.dashboard for one in shown)
            if d.roles
        },
        row_filters={one.uuid: one.table.row_filters for one in datasets if one.table.row_filters},
        owners={uuid: names for uuid, names in owners.items() if names},
    )


def _names(owner: str, contacts: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in (owner, *contacts) if name)


def _order(asset: Asset) -> tuple[int, str]:
    return KINDS.index(asset.kind), asset.key
