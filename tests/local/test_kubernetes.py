"""`make chart-secrets`: the Secrets of the chart, as Kubernetes and the chart want them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from medallion.local.kubernetes import find_prefix, make_secrets
from medallion.roots import PROJECT_ROOT


def made(release: str = "medallion", **environ: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in make_secrets(release, {}, environ):
        kubernetes_validate.validate(one, "1.30", strict=True)
        found[one["metadata"]["name"]] = one["stringData"]
    return found


def test_addresses_are_those_of_the_releases_services() -> None:
    secrets = made("data", CELERY="1", BI="1")
    warehouse = json.loads(secrets["medallion-connections"]["AIRFLOW_CONN_MEDALLION_WAREHOUSE"])
    replay = json.loads(secrets["medallion-connections"]["AIRFLOW_CONN_TMDB_DEFAULT"])
    superset = json.loads(secrets["medallion-connections"]["AIRFLOW_CONN_MEDALLION_SUPERSET"])
    assert warehouse["host"] == "data-medallion-postgres"
    assert replay["host"] == "data-medallion-tmdb-replay"
    assert superset["host"] == "data-medallion-superset"
    airflow = secrets["medallion-airflow"]
    assert "@data-medallion-redis:6379/0" in airflow["AIRFLOW__CELERY__BROKER_URL"]
    assert airflow["KEDA_DATABASE_URL"].startswith("postgresql://airflow:")
    assert (
        "@data-medallion-postgres:5432/" in secrets["medallion-superset"]["SUPERSET_METADATA_URL"]
    )


def test_tasks_get_no_password_but_those_of_connections() -> None:
    secrets = made()
    assert set(secrets["medallion-connections"]) == {
        "AIRFLOW_CONN_MEDALLION_WAREHOUSE", "AIRFLOW_CONN_TMDB_DEFAULT",
    }  # fmt: skip
    of_admin = set(secrets["medallion-admin"].values())
    loader = secrets["medallion-admin"]["MEDALLION_LOADER_PASSWORD"]
    tasks = str(secrets["medallion-connections"])
    assert [one for one in of_admin if one in tasks] == [loader]


@pytest.mark.parametrize(
    ("release", "prefix"),
    [
        ("medallion", "medallion"),
        ("data", "data-medallion"),
        ("a-medallion-of-a-very-long-name-which-en-ds", "a-medallion-of-a-very-long-name-which-en"),
        ("a-name-of-thirty-and-moreover-x", "a-name-of-thirty-and-moreover-medallion"),
    ],
)
def test_a_release_is_called_as_the_chart_calls_it(release: str, prefix: str) -> None:
    """test_chart.py of tests/deploy/helm renders these."""
    assert find_prefix(release) == prefix


def test_a_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", "-m", "medallion.local.kubernetes", *words]
        environment = {"PYTHONPATH": str(PROJECT_ROOT / "plugins"), "PATH": os.environ["PATH"]}
        return subprocess.run(
            command, cwd=tmp_path, env=environment | environ, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    path = tmp_path / "secrets" / "kubernetes" / "medallion.json"

    def items() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(path.read_text())["items"]
        return found

    assert run("medallion").returncode == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = items()
    assert run("medallion").returncode == 0
    assert items() == first
    assert run("medallion", CELERY="1").returncode == 0
    assert "AIRFLOW__CELERY__BROKER_URL" in str(items())
    assert items()[2] == first[2]
    refused = run("../up")
    assert refused.returncode == 1
    assert refused.stderr.startswith("'../up' is not a name of a release")
    assert not list(tmp_path.glob("*.json"))
