"""The client against a real Superset: what it sends is taken, and it reads what is there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml
from tests.bi.live.conftest import RunningSuperset
from tests.bi.live.lab_bundle import DATABASE_FILE, lab_bundle, query_context, uuid_of
from tests.docs.pages import code_of_row

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind, RowRule, SupersetObject
from medallion.bi.superset.server import SupersetServer
from medallion.errors import SupersetRefused
from medallion.local.superset.environment import superset_environment

pytestmark = pytest.mark.slow
CHART, DASHBOARD = AssetKind.CHART, AssetKind.DASHBOARD
DATABASE, DATASET = AssetKind.DATABASE, AssetKind.DATASET


@pytest.fixture(scope="module")
def lab(running_superset: RunningSuperset, lab_table: str) -> Iterator[dict[AssetKind, int]]:
    """The bundle, imported: the ids that Superset has given."""
    files, passwords = lab_bundle(running_superset.settings.warehouse_url)
    with SupersetClient(running_superset.server()) as client:
        client.import_assets(files, passwords=passwords)
        yield {kind: found(client, kind).id for kind in AssetKind}


def found(client: SupersetClient, kind: AssetKind) -> SupersetObject:
    one = client.object_by_uuid(kind, uuid_of(str(kind)))
    assert one is not None
    return one


def test_what_is_imported_is_found_by_uuid_slug_and_in_the_lists(
    superset: SupersetClient, lab: dict[AssetKind, int]
) -> None:
    for kind in AssetKind:
        one = found(superset, kind)
        assert one in superset.objects(kind)
        assert superset.object_by_uuid(kind, uuid_of("nobody's")) is None
    dataset = found(superset, DATASET)
    assert (dataset.schema, dataset.name) == ("gold_lab", "readings")
    assert dataset.database_id == lab[DATABASE]
    assert found(superset, CHART).dataset_id == lab[DATASET]
    board = superset.dashboard_by_slug("lab-readings")
    assert board == found(superset, DASHBOARD)
    assert board.name == "Lab"
    assert board.changed_on.startswith("20")
    assert superset.dashboard_by_slug("lab") is None


def test_an_import_again_changes_and_a_sparse_one_needs_only_what_has_changed(
    superset: SupersetClient, running_superset: RunningSuperset, lab: dict[AssetKind, int]
) -> None:
    files, _ = lab_bundle(running_superset.settings.warehouse_url, title="Lab, changed")
    few = {path: files[path] for path in ("metadata.yaml", "dashboards/lab.yaml")}
    superset.import_assets(few, is_sparse=True)
    board = found(superset, DASHBOARD)
    assert (board.id, board.name) == (lab[DASHBOARD], "Lab, changed")
    # The password of a database that is there is kept where none is given.
    superset.import_assets(files)
    superset.refresh_dataset(lab[DATASET])


def test_an_export_holds_what_was_imported_without_the_password(
    superset: SupersetClient, running_superset: RunningSuperset, lab: dict[AssetKind, int]
) -> None:
    files = superset.export_assets()
    assert yaml.safe_load(files["metadata.yaml"])["type"] == "assets"
    uuids = {yaml.safe_load(text).get("uuid") for text in files.values()}
    assert {uuid_of(str(kind)) for kind in AssetKind} <= uuids
    _, passwords = lab_bundle(running_superset.settings.warehouse_url)
    assert not [path for path, text in files.items() if passwords[DATABASE_FILE] in text]


def test_a_charts_data_keep_all_digits_and_a_changed_extra_empties_the_cache(
    superset: SupersetClient, running_superset: RunningSuperset, lab: dict[AssetKind, int]
) -> None:
    (data,) = superset.query_data(query_context(lab[DATASET]))
    assert data.columns == ("total", "largest")
    row = {"total": Decimal("9.000"), "largest": 9007199254740996}
    assert data.rows == (row,)
    assert "sum(value)" in data.query
    assert superset.chart_data(lab[CHART])[0].rows == (row,)
    assert superset.chart_data(lab[CHART])[0].is_cached
    with psycopg.connect(running_superset.loader_url) as loader:
        loader.execute("UPDATE gold_lab.readings SET value = value + 1")
    assert superset.chart_data(lab[CHART])[0].rows == (row,)
    extra = {"warning_markdown": "as of today"}
    superset.update(DATASET, lab[DATASET], {"extra": json.dumps(extra)})
    (fresh,) = superset.chart_data(lab[CHART])
    assert not fresh.is_cached
    assert fresh.rows == ({**row, "total": Decimal("12.000")},)
    assert json.loads(superset.details(DATASET, lab[DATASET])["extra"]) == extra
    assert superset.chart_data(lab[CHART], is_forced=True)[0].is_cached is False


def test_the_cache_of_a_chart_is_in_files_that_the_page_of_erasure_lists(
    superset: SupersetClient,
    running_superset: RunningSuperset,
    lab: dict[AssetKind, int],
    project_root: Path,
) -> None:
    assert superset.chart_data(lab[CHART], is_forced=True)[0].rows
    (command,) = code_of_row(project_root / "docs" / "erasure.md", "Superset's cache", 3)
    env = superset_environment(running_superset.settings, running_superset.paths)
    listed = subprocess.run(["bash", "-c", command], env=env, capture_output=True, check=True)
    files = [Path(one) for one in listed.stdout.decode().splitlines()]
    with psycopg.connect(running_superset.loader_url) as loader:
        row = loader.execute("SELECT sum(value)::text FROM gold_lab.readings").fetchone()
    assert row and [one for one in files if row[0].encode() in one.read_bytes()]


def test_superset_cannot_read_what_is_not_granted(
    superset: SupersetClient, lab: dict[AssetKind, int]
) -> None:
    context = query_context(lab[DATASET])
    where = "id in (select id from gold_lab.secret)"
    context["queries"] = [{"metrics": ["total"], "columns": [], "extras": {"where": where}}]
    with pytest.raises(SupersetRefused) as raised:
        superset.query_data(context)
    assert "secret" in str(raised.value) or "sub-quer" in str(raised.value)


def test_roles_and_rules_of_rows(superset: SupersetClient, lab: dict[AssetKind, int]) -> None:
    names = {role.name for role in superset.roles()}
    assert {"Admin", "Alpha", "Gamma", "Public"} <= names
    made = superset.create_role("lab-people")
    assert made in superset.roles()
    rule = RowRule(
        name="lab: own readings",
        clause="id = 1",
        dataset_ids=(lab[DATASET],),
        role_ids=(made.id,),
        group_key="lab",
        description="Only the first.",
    )
    rule_id = superset.create_row_rule(rule)
    (kept,) = (one for one in superset.row_rules() if one.id == rule_id)
    assert kept.clause == "id = 1"
    assert (kept.dataset_ids, kept.role_ids) == (rule.dataset_ids, rule.role_ids)
    changed = RowRule(
        id=rule_id, name=rule.name, clause="id = 2", dataset_ids=rule.dataset_ids,
        role_ids=rule.role_ids,
    )  # fmt: skip
    superset.update_row_rule(changed)
    assert next(one for one in superset.row_rules() if one.id == rule_id).clause == "id = 2"
    assert superset.delete_row_rule(rule_id)
    assert not superset.delete_row_rule(rule_id)
    superset.update(DASHBOARD, lab[DASHBOARD], {"roles": [made.id]})
    roles = superset.details(DASHBOARD, lab[DASHBOARD])["roles"]
    assert [role["id"] for role in roles] == [made.id]
    superset.update(DASHBOARD, lab[DASHBOARD], {"roles": []})


def test_objects_are_deleted_once(superset: SupersetClient, lab: dict[AssetKind, int]) -> None:
    for kind in reversed(AssetKind):
        assert superset.delete(kind, lab[kind]), kind
        assert not superset.delete(kind, lab[kind]), kind


def test_a_bundle_that_superset_cannot_take_is_refused(superset: SupersetClient) -> None:
    wrong = {"metadata.yaml": "version: 1.0.0\ntype: assets\n", "charts/a.yaml": "uuid: none\n"}
    with pytest.raises(SupersetRefused, match="importing 2 files"):
        superset.import_assets(wrong)


def test_a_stranger_sees_nothing(running_superset: RunningSuperset) -> None:
    server = SupersetServer(
        url=running_superset.settings.url, username="medallion_bot", password="wrong"
    )
    with SupersetClient(server) as client, pytest.raises(SupersetRefused, match="does not accept"):
        client.roles()
    with httpx.Client(base_url=server.url, trust_env=False) as anonymous:
        for path in ("dashboard/", "dataset/", "chart/", "database/", "security/roles/"):
            assert anonymous.get(f"/api/v1/{path}").status_code == 401, path
        page = anonymous.get("/login/")
    policy = page.headers["content-security-policy"]
    assert "http" not in policy  # no other host
    assert "superset_session=" in page.headers["set-cookie"]
    assert "access-control-allow-origin" not in page.headers
