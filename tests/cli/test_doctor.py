"""`doctor`: its lines, its exit code, and what programs get of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medallion.cli.__main__ import main

SPEC = """\
description: Orders.
datasets:
  orders:
    source: {type: rest, conn_id: doctors_shop, path: /orders}
    silver: {primary_key: [id], columns: {id: {type: bigint}}}
"""


@pytest.fixture
def project(tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "specs" / "shop").mkdir(parents=True)
    (tmp_path / "specs" / "shop" / "sales.yaml").write_text(SPEC)
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path / "lake"))
    monkeypatch.setenv("AIRFLOW_CONN_DOCTORS_SHOP", '{"conn_type": "generic"}')
    monkeypatch.setenv("AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL", "30")
    return tmp_path


def test_all_is_well(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--root", str(project)]) == 0
    said = capsys.readouterr().out
    assert "✓ warehouse: login: " in said
    assert "✓ lake: write: " in said
    assert "✓ doctors_shop: connection: " in said
    assert "! airflow: settings: [core] min_serialized_dag_update_interval is 30 s" in said
    assert said.endswith("\nAll layers answer.\n")


def test_what_fails_has_its_cause_and_what_confirms_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_DOCTORS_SHOP")
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", "postgresql://loader:hidden@127.0.0.1:1/w")
    assert main(["doctor", "--root", str(project)]) == 1
    said = capsys.readouterr().out
    assert "✗ warehouse: tcp: port 1 of 127.0.0.1 cannot be opened" in said
    assert "    likely: nothing listens there" in said
    assert "    see it: nc -vz 127.0.0.1 1" in said
    assert "✗ doctors_shop: connection: there is no Airflow connection doctors_shop" in said
    assert said.endswith("\nFailed: warehouse: tcp; doctors_shop: connection.\n")
    assert main(["doctor", "--json", "--root", str(project)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {one["subject"] for one in found} == {
        *("warehouse", "lake", "doctors_shop", "airflow", "files"),
    }
    assert "hidden" not in said + str(found)


def test_a_file_of_a_source_that_this_host_has_not_is_a_warning(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def spec(path: str) -> str:
        return SPEC.replace("{type: rest, conn_id: doctors_shop, path: /orders}", path)

    (project / "specs/shop/files.yaml").write_text(
        spec("{type: file, path: include/data/shop/*.csv}").replace("orders:", "papers:")
    )
    (project / "specs/shop/days.yaml").write_text(
        spec("{type: file, path: 'include/data/shop/:data_interval_start_date.csv'}")
        .replace("orders:", "days:")
        .replace("description: Orders.", 'description: Days.\nschedule: "@daily"')
        .replace("datasets:", "start_date: 2026-01-01\ndatasets:")
    )
    assert main(["doctor", "--root", str(project)]) == 0
    said = capsys.readouterr().out
    assert (
        "! files: path: silver_shop.papers reads include/data/shop/*.csv, and this host has no such"
        " file" in said
    )
    assert "silver_shop.days" not in said
    (project / "include/data/shop").mkdir(parents=True)
    (project / "include/data/shop/a.csv").write_text("id\n1\n")
    assert main(["doctor", "--root", str(project)]) == 0
    assert "files: path" not in capsys.readouterr().out


def test_before_a_server_starts_no_spec_is_looked_at(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_DOCTORS_SHOP", '{"conn_type": "http", "host": "127.0.0.1", "port": 1}'
    )
    assert main(["doctor", "--root", str(project)]) == 1
    assert "Failed: doctors_shop: tcp." in capsys.readouterr().out
    (project / "specs" / "shop" / "broken.yaml").write_text("datasets: [")
    assert main(["doctor", "--without-specs", "--root", str(project)]) == 0
    said = capsys.readouterr().out
    assert "✓ warehouse: login: " in said
    assert "✓ lake: write: " in said
    assert said.endswith("\nAll layers answer.\n")


def test_the_connection_of_tasks_is_looked_at(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MEDALLION_WAREHOUSE_URL")
    monkeypatch.setenv(
        "AIRFLOW_CONN_MEDALLION_WAREHOUSE", "postgres://loader:hid@den@127.0.0.1:1/w"
    )
    assert main(["doctor", "--root", str(project)]) == 1
    said = capsys.readouterr().out
    assert "✗ warehouse: url: " in said
    assert "den" not in said
