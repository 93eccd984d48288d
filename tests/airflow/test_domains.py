"""The DAG files of single domains: what loads never raises, what raises is titled by its domain."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from airflow.sdk import DAG

from medallion.airflow.domains import load_domain, load_rest, raise_for_domain, raise_for_rest
from medallion.airflow.factory import REFUSED
from medallion.airflow.refused_specs import InvalidSpecs
from medallion.airflow.stubs import find_stubbed, make_missing_stubs

SPEC = """\
description: Orders.
datasets:
  orders:
    source: {{type: file, path: include/data/{domain}/orders.csv}}
    silver: {{columns: {{day: {{type: date}}}}}}
"""
OWN = {
    "medallion.access_journal",
    "medallion.freshness",
    "medallion.maintenance",
    "medallion.replay_quarantine",
    "medallion.restate",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dags").mkdir()
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path / "dags"))
    for domain in ("office", "shop"):
        spec(tmp_path, domain).parent.mkdir(parents=True)
        spec(tmp_path, domain).write_text(SPEC.format(domain=domain))
    return tmp_path


def spec(root: Path, domain: str) -> Path:
    return root / "specs" / domain / "orders.yaml"


def rest(root: Path) -> set[str]:
    return set(load_rest(str(root / "dags/medallion_pipelines.py")))


def refused_in(call: object, *arguments: str) -> str:
    with pytest.raises(InvalidSpecs) as error:
        call(*arguments)  # type: ignore[operator]
    return str(error.value)


def run_stub(root: Path, domain: str, name: str) -> dict[str, DAG]:
    """As Airflow executes a DAG file."""
    names: dict[str, object] = {}
    exec((root / "dags/domains" / domain / name).read_text(), names)  # noqa: S102
    return {dag.dag_id: dag for dag in names.values() if isinstance(dag, DAG)}


def test_each_domain_gets_its_files_and_is_handed_over_once_they_have_loaded(root: Path) -> None:
    both = {"office.orders", "shop.orders"}
    assert rest(root) == both | OWN  # Airflow has not found the new files yet
    assert find_stubbed(root / "dags") == {"office", "shop"}
    assert set(run_stub(root, "shop", "pipelines.py")) == {"shop.orders"}
    assert rest(root) == {"office.orders"} | OWN
    assert run_stub(root, "shop", "refused_specs.py") == {}
    for path in (root / "dags/domains").rglob("*.py"):  # Airflow's heuristic for DAG files
        assert all(word in path.read_text().lower() for word in ("dag", "airflow"))


def test_files_that_are_made_again_are_handed_over_again(root: Path) -> None:
    both = {"office.orders", "shop.orders"}
    rest(root)
    for domain in ("office", "shop"):
        run_stub(root, domain, "pipelines.py")
    assert rest(root) == OWN
    shutil.rmtree(root / "dags/domains")
    assert rest(root) == both | OWN  # Airflow does not find the new files in this look either
    for domain in ("office", "shop"):
        run_stub(root, domain, "pipelines.py")
    assert rest(root) == OWN


def test_the_files_of_a_domain_come_and_go_with_its_folder(root: Path) -> None:
    rest(root)
    (root / "specs/shop").rename(root / "specs/store")
    own = root / "dags/domains/shop/by_hand.py"
    own.write_text("# somebody's own\n")
    rest(root)
    assert find_stubbed(root / "dags") == {"office", "store"}
    assert list((root / "dags/domains/shop").iterdir()) == [own]


def test_a_starting_task_finds_its_file_on_a_host_that_parses_nothing(root: Path) -> None:
    make_missing_stubs(root / "dags", root)
    assert find_stubbed(root / "dags") == {"office", "shop"}


def test_where_dags_is_not_airflows_folder_nothing_is_written(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "bundle"
    elsewhere.mkdir()
    assert set(load_rest(str(elsewhere / "pipelines.py"))) == {"office.orders", "shop.orders"} | OWN
    assert list(elsewhere.iterdir()) == []


def test_a_refused_spec_is_reported_in_its_own_domain_alone(root: Path) -> None:
    load_domain("shop")
    load_domain("office")
    (root / "specs/shop/broken.yaml").write_text("datasets: [")
    said = refused_in(raise_for_domain, "shop").splitlines()
    assert said[0] == "One file of the domain shop cannot be used. No other pipeline is affected."
    assert said[1] == "  specs/shop/broken.yaml"
    raise_for_domain("office")
    assert set(load_domain("shop")) == {"shop.orders"}
    (root / "specs/shop/broken.yaml").unlink()
    (root / "specs/shop/domain.yaml").write_text("owner: [")
    assert set(load_domain("shop")) == {"shop.orders"}
    assert refused_in(raise_for_domain, "shop").splitlines()[1:3] == [
        "  specs/shop/domain.yaml",
        "  specs/shop/orders.yaml  (needs it: its last good version runs)",
    ]


def test_what_is_of_no_domain_is_reported_by_the_file_for_the_rest(root: Path) -> None:
    rest(root)
    for domain in ("office", "shop"):
        load_domain(domain)
    raise_for_rest(str(root / "dags/medallion_invalid_specs.py"))
    (root / "specs/lost.yaml").write_text("description: Lost.\n")
    (root / "specs/access.yaml").write_text("connection: {}\n")
    said = refused_in(raise_for_rest, str(root / "dags/medallion_invalid_specs.py"))
    assert said.splitlines()[1:3] == ["  specs/access.yaml", "  specs/lost.yaml"]
    raise_for_domain("shop")


def test_a_dag_whose_spec_is_refused_says_so_and_runs_its_last_good_version(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_domain("shop")["shop.orders"]
    assert before.dag_display_name == "shop.orders"
    spec(root, "shop").write_text(SPEC.format(domain="shop") + "ownr: |\n  </div>\n")
    dag = load_domain("shop")["shop.orders"]
    assert dag.task_ids == before.task_ids
    assert REFUSED in dag.tags and REFUSED not in before.tags
    assert "spec refused" in dag.dag_display_name
    assert dag.doc_md is not None and dag.doc_md.startswith("**The spec is refused as it is now.")
    assert "unknown-key" in dag.doc_md
    said = refused_in(raise_for_domain, "shop")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "shop.orders")  # as a task starts
    land = load_domain("shop")["shop.orders"].task_dict["orders.land"]
    assert land.accepted_since in dag.doc_md and land.accepted_since
    assert "unknown-key" in said
    assert said.splitlines()[1] == "  specs/shop/orders.yaml  (its last good version runs)"


def test_what_loads_does_not_raise_whatever_happens(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("medallion.airflow.domains.build_dags", fail)
    assert load_domain("shop") == {}
    assert "out of order" in refused_in(raise_for_domain, "shop")
