"""What an import would only answer with "unknown reason" is reported with its file and field."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.bi.assets import shop

from medallion.bi.assets.generate import generate
from medallion.bi.assets.problems import problems

DATASET = "datasets/shop-warehouse/gold_shop.sales.yaml"
CHART = "charts/shop-all-revenue.yaml"
DASHBOARD = "dashboards/shop-all.yaml"


@pytest.fixture
def files() -> dict[str, Any]:
    """A copy that may be changed."""
    made = generate(shop.WAREHOUSE, shop.tables(), shop.dashboards())
    copied: dict[str, Any] = json.loads(json.dumps(made.files))
    return copied


def _without_query(files: dict[str, Any]) -> None:
    del files[CHART]["query_context"]


def _broken_query(files: dict[str, Any]) -> None:
    files[CHART]["query_context"] = "{"


def _owners(files: dict[str, Any]) -> None:
    files[CHART]["owners"] = []


def _null_flag(files: dict[str, Any]) -> None:
    files[DATASET]["columns"][0]["filterable"] = None


def _number(files: dict[str, Any]) -> None:
    files[DATASET]["cache_timeout"] = "60"


def _two_metrics(files: dict[str, Any]) -> None:
    files[DATASET]["metrics"].append(files[DATASET]["metrics"][0])


def _upper_uuid(files: dict[str, Any]) -> None:
    files[CHART]["uuid"] = files[CHART]["uuid"].upper()


def _empty_title(files: dict[str, Any]) -> None:
    files[DASHBOARD]["dashboard_title"] = ""


def _no_child(files: dict[str, Any]) -> None:
    del files[DASHBOARD]["position"]["CHART-1-1"]


def _too_wide(files: dict[str, Any]) -> None:
    files[DASHBOARD]["position"]["CHART-3-1"]["meta"]["width"] = 12


def _same_slug(files: dict[str, Any]) -> None:
    files["dashboards/b.yaml"] = files[DASHBOARD] | {"uuid": files[CHART]["uuid"]}


def _no_metadata(files: dict[str, Any]) -> None:
    del files["metadata.yaml"]


def _stranger(files: dict[str, Any]) -> None:
    files["themes/dark.yaml"] = {}


CASES: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_without_query, f"{CHART}: query_context: it is missing"),
    (_broken_query, f"{CHART}: query_context: a JSON text was expected"),
    (_owners, f"{CHART}: owners: there is no such field"),
    (_null_flag, f"{DATASET}: columns sale_id: filterable: it may not be null"),
    (_number, f"{DATASET}: cache_timeout: a whole number was expected"),
    (_two_metrics, f"{DATASET}: metrics: two are called revenue"),
    (_upper_uuid, f"{CHART}: uuid: a UUID was expected"),
    (_empty_title, f"{DASHBOARD}: dashboard_title: it is empty"),
    (_no_child, f"{DASHBOARD}: position ROW-1: there is no CHART-1-1"),
    (_too_wide, f"{DASHBOARD}: position ROW-3: its cells take 21 of 12 columns"),
    (_same_slug, "dashboards: two files have the slug shop-all"),
    (_no_metadata, "metadata.yaml: it is missing"),
    (_stranger, "themes/dark.yaml: Superset knows no such file"),
]


@pytest.mark.parametrize(
    ("change", "expected"), CASES, ids=lambda one: getattr(one, "__name__", "")
)
def test_a_wrong_file_is_found(
    files: dict[str, Any], change: Callable[[dict[str, Any]], None], expected: str
) -> None:
    change(files)
    assert expected in problems(files)


def test_a_reference_to_nothing_is_found(files: dict[str, Any]) -> None:
    gone = files.pop(DATASET)["uuid"]
    found = problems(files)
    assert f"{CHART}: dataset_uuid: no file of the bundle has the UUID {gone}" in found
    assert (
        f"{DASHBOARD}: native_filter_configuration: no file of the bundle has the UUID {gone}"
        in found
    )
    assert problems(files, known=[gone]) == ()
