"""The smallest whole bundle: a database, a dataset, a chart, a dashboard."""

from __future__ import annotations

import json
from uuid import NAMESPACE_URL, uuid5

import yaml
from psycopg.conninfo import conninfo_to_dict

DATABASE_FILE = "databases/lab.yaml"


def uuid_of(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"lab/{name}"))


def lab_bundle(warehouse_url: str, *, title: str = "Lab") -> tuple[dict[str, str], dict[str, str]]:
    """The files, and the passwords that belong to them."""
    place = conninfo_to_dict(warehouse_url)
    uri = (
        f"postgresql+psycopg2://{place['user']}:XXXXXXXXXX@{place['host']}:{place['port']}"
        f"/{place['dbname']}"
    )
    documents = {
        "metadata.yaml": {"version": "1.0.0", "type": "assets", "timestamp": "2026-01-01T00:00:00"},
        DATABASE_FILE: {
            "database_name": "Lab",
            "sqlalchemy_uri": uri,
            "expose_in_sqllab": True,
            "allow_dml": False,
            "extra": {"allows_virtual_table_explore": True},
            "uuid": uuid_of("database"),
            "version": "1.0.0",
        },
        "datasets/lab/readings.yaml": _dataset(),
        "charts/readings.yaml": _chart(),
        "dashboards/lab.yaml": _dashboard(title),
    }
    files = {path: yaml.safe_dump(document) for path, document in documents.items()}
    return files, {DATABASE_FILE: str(place["password"])}


def _dataset() -> dict[str, object]:
    return {
        "table_name": "readings",
        "schema": "gold_lab",
        "catalog": "warehouse",
        "main_dttm_col": "taken_at",
        "columns": [
            {"column_name": "id", "type": "INTEGER", "groupby": True, "filterable": True},
            {"column_name": "value", "type": "NUMERIC(20, 3)", "verbose_name": "Value"},
            {"column_name": "taken_at", "type": "TIMESTAMP", "is_dttm": True},
            {"column_name": "large", "type": "BIGINT"},
        ],
        "metrics": [
            {"metric_name": "total", "expression": "sum(value)", "verbose_name": "Total"},
            {"metric_name": "largest", "expression": "max(large)"},
        ],
        "uuid": uuid_of("dataset"),
        "database_uuid": uuid_of("database"),
        "version": "1.0.0",
    }


def query_context(dataset_id: int) -> dict[str, object]:
    return {
        "datasource": {"id": dataset_id, "type": "table"},
        "force": False,
        "queries": [{"metrics": ["total", "largest"], "columns": [], "filters": []}],
        "result_format": "json",
        "result_type": "full",
    }


def _chart() -> dict[str, object]:
    return {
        "slice_name": "Readings in total",
        "viz_type": "table",
        "params": {"viz_type": "table", "metrics": ["total", "largest"]},
        "query_context": json.dumps(query_context(0)),
        "uuid": uuid_of("chart"),
        "dataset_uuid": uuid_of("dataset"),
        "version": "1.0.0",
    }


def _dashboard(title: str) -> dict[str, object]:
    chart = {
        "type": "CHART", "id": "CHART-1", "children": [],
        "parents": ["ROOT_ID", "GRID_ID", "ROW-1"],
        "meta": {
            # Superset wants a number, whichever it is, and puts its own there.
            "chartId": 1, "uuid": uuid_of("chart"), "width": 12, "height": 30,
        },
    }  # fmt: skip
    return {
        "dashboard_title": title,
        "slug": "lab-readings",
        "position": {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
            "GRID_ID": {
                "type": "GRID", "id": "GRID_ID", "children": ["ROW-1"], "parents": ["ROOT_ID"]
            },
            "ROW-1": {
                "type": "ROW", "id": "ROW-1", "children": ["CHART-1"],
                "parents": ["ROOT_ID", "GRID_ID"], "meta": {"background": "BACKGROUND_TRANSPARENT"},
            },
            "CHART-1": chart,
        },
        "metadata": {},
        "published": True,
        "uuid": uuid_of("dashboard"),
        "version": "1.0.0",
    }  # fmt: skip
