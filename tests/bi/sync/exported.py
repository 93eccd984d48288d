"""Small objects as Superset exports them, and as specs want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medallion.bi.superset.objects import AssetKind
from medallion.bi.sync.objects import BiObject, Objects, read_objects
from medallion.warehouse.registry.bi import Remembered

DATABASE_UUID = "00000000-0000-0000-0000-00000000000d"
DATASET_UUID = "00000000-0000-0000-0000-0000000000d5"
CHART_UUID = "00000000-0000-0000-0000-0000000000c1"
DASHBOARD_UUID = "00000000-0000-0000-0000-0000000000b1"


def database(uuid: str = DATABASE_UUID, name: str = "Warehouse") -> dict[str, Any]:
    return {
        "database_name": name,
        "sqlalchemy_uri": "postgresql+psycopg2://bi_reader:XXXXXXXXXX@db/warehouse",
        "uuid": uuid,
        "version": "1.0.0",
    }


def column(name: str, **more: Any) -> dict[str, Any]:
    return {"column_name": name, "type": "text", "expression": None, **more}


def metric(name: str, expression: str = "count(*)", **more: Any) -> dict[str, Any]:
    return {"metric_name": name, "expression": expression, **more}


def dataset(uuid: str = DATASET_UUID, **more: Any) -> dict[str, Any]:
    return {
        "table_name": "brands",
        "schema": "gold_cinema",
        "description": "How brands did.",
        "columns": [column("brand"), column("country")],
        "metrics": [metric("films")],
        "uuid": uuid,
        "version": "1.0.0",
        "database_uuid": DATABASE_UUID,
        **more,
    }


def chart(uuid: str = CHART_UUID, **more: Any) -> dict[str, Any]:
    return {
        "slice_name": "Films a brand",
        "viz_type": "table",
        "params": {"viz_type": "table", "metrics": ["films"]},
        "uuid": uuid,
        "version": "1.0.0",
        "dataset_uuid": DATASET_UUID,
        **more,
    }


def dashboard(
    uuid: str = DASHBOARD_UUID, charts: tuple[str, ...] = (CHART_UUID,), **more: Any
) -> dict[str, Any]:
    cells = {f"CHART-{one}": {"type": "CHART", "meta": {"uuid": one}} for one in charts}
    return {
        "dashboard_title": "Brands",
        "slug": "cinema-brands",
        "position": {"DASHBOARD_VERSION_KEY": "v2", **cells},
        "metadata": {},
        "uuid": uuid,
        "version": "1.0.0",
        **more,
    }


def objects(*documents: Mapping[str, Any]) -> Objects:
    """By what they have in them."""
    return read_objects(
        {f"{_folder(one)}/{number}.yaml": one for number, one in enumerate(documents)}
    )


def the(document: Mapping[str, Any]) -> BiObject:
    (one,) = objects(document).values()
    return one


def remembered(
    wanted: Mapping[str, Any] | None,
    found: Mapping[str, Any] | None,
    sending: Mapping[str, Any] | None = None,
) -> Remembered:
    one = the(wanted or sending or found or {})
    return Remembered(
        uuid=one.uuid,
        kind=str(one.kind),
        name=one.name,
        wanted=wanted,
        found=found,
        sending=sending,
    )


def in_step(*documents: Mapping[str, Any]) -> dict[str, Remembered]:
    """The ledger after an import of these that changed nothing in them."""
    return {str(one["uuid"]): remembered(one, one) for one in documents}


def _folder(document: Mapping[str, Any]) -> str:
    named = {kind: kind.api.name_field for kind in AssetKind}
    return next(kind.folder for kind, name in named.items() if name in document)
