"""The loader as Airflow's processes meet it: nothing heavy, one spec for a task, none lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = [
    "great_expectations",
    "pandas",
    "duckdb",
    "pyarrow",
    "pgpq",
    "adbc_driver_postgresql",
    "numpy",
]

BI = "medallion.bi_sync"
OWN = [
    "medallion.access_journal",
    "medallion.freshness",
    "medallion.maintenance",
    "medallion.replay_quarantine",
    "medallion.restate",
]
"""The DAGs that come with the pipelines; BI where one of these declares something for it."""


def own_of(root: Path) -> list[str]:
    specs = (path.read_bytes() for path in root.glob("specs/*/*.yaml"))
    declares = any(b"dashboards:" in spec for spec in specs)
    return sorted([*([BI] if declares else []), *OWN])


CHILD = """
import json, sys
import airflow.sdk
before = set(sys.modules)
from medallion.airflow.loader import InvalidSpecs, load_dags, raise_for_invalid_specs
answer = {}
try:
    dags = load_dags()
    answer["dags"] = sorted(dags)
    answer["tasks"] = {i: sorted(t.task_id for t in d.task_dict.values()) for i, d in dags.items()}
    if "medallion.replay_quarantine" in dags:
        params = dags["medallion.replay_quarantine"].params
        answer["examples"] = params.get_param("table").schema["examples"]
        answer["table"] = [params.get_param("table").has_value, params.get_param("table").schema]
        answer["run"] = params.get_param("run_id").schema["type"]
    answer["docs"] = {i: d.doc_md for i, d in dags.items()}
    answer["assets"] = sorted(
        t.task_id for d in dags.values() for t in d.task_dict.values() if t.outlets or t.inlets
    )
except Exception as error:
    answer["error"] = f"{type(error).__name__}: {error}"
try:
    raise_for_invalid_specs()
except InvalidSpecs as error:
    answer["banner"] = str(error)
answer["modules"] = sorted(set(sys.modules) - before)
print("ANSWER" + json.dumps(answer))
"""


def project(root: Path, source: Path) -> Path:
    """A copy of the project's specs and SQL, of one domain, to be spoilt."""
    whole_project(root, source)
    shutil.rmtree(root / "specs" / "finance")
    return root


def whole_project(root: Path, source: Path) -> Path:
    for folder in ("specs", "include"):
        shutil.copytree(source / folder, root / folder)
    return root


def load(
    root: Path, source: Path, task_of: str | None = None, task: str | None = None
) -> dict[str, Any]:
    """Load in a fresh process, as the DAG processor does, or as a task of a DAG does."""
    env = {
        **os.environ,
        "PYTHONPATH": str(source / "plugins"),
        "MEDALLION_PROJECT_ROOT": str(root),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    for name, value in (("DAG", task_of), ("TASK", task)):
        env.pop(f"_AIRFLOW_PARSING_CONTEXT_{name}_ID", None)
        if value:
            env[f"_AIRFLOW_PARSING_CONTEXT_{name}_ID"] = value
    done = subprocess.run(
        [sys.executable, "-c", CHILD], env=env, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.rpartition("ANSWER")[2])
    return answer


def test_building_every_dag_imports_nothing_heavy(project_root: Path, tmp_path: Path) -> None:
    root = whole_project(tmp_path, project_root)
    load(root, project_root)  # the first time SQL is read, sqlglot is needed; that is kept
    answer = load(root, project_root)
    assert answer["dags"] == [
        "cinema.box_office",
        *(f"finance.{name}" for name in ("banking", "brand_spending", "card_payments")),
        *(f"finance.{name}" for name in ("exchange_rates", "fraud", "kpis")),
        *own_of(root),
    ]
    imported = {name.partition(".")[0] for name in answer["modules"]}
    assert imported & {*HEAVY, "sqlglot", "psycopg", "httpx"} == set()


def test_a_starting_task_reads_its_own_spec_only(project_root: Path, tmp_path: Path) -> None:
    root = project(tmp_path, project_root)
    shutil.copytree(root / "specs/cinema", root / "specs/other")
    (root / "specs/cinema/broken.yaml").write_text("datasets: [")
    answer = load(root, project_root, task_of="cinema.box_office")
    assert answer["dags"] == ["cinema.box_office"]
    assert "banner" not in answer


def test_a_task_on_another_host_runs_what_the_dag_processor_has_accepted(
    project_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor, worker = project(tmp_path / "a", project_root), tmp_path / "b"
    monkeypatch.setenv("MEDALLION_PLANS_ROOT", str(tmp_path / "plans"))
    load(processor, project_root)
    shutil.copytree(processor, worker)
    (worker / "specs/cinema/box_office.yaml").unlink()
    task = {"task_of": "cinema.box_office", "task": "movies.publish"}
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    answer = load(worker, project_root, **task)
    assert answer["dags"] == ["cinema.box_office"]
    assert answer["assets"] == ["movies.publish"]
    monkeypatch.setenv("MEDALLION_PLANS_ROOT", str(tmp_path / "own"))
    host = re.escape(socket.gethostname())
    assert re.search(
        f"SpecError: .*on the host {host}: ", load(worker, project_root, **task)["error"]
    )


def test_a_starting_task_names_its_own_assets(project_root: Path, tmp_path: Path) -> None:
    root = project(tmp_path, project_root)
    answer = load(root, project_root, task_of="cinema.box_office", task="movies.publish")
    assert answer["assets"] == ["movies.publish"]
    whole = load(root, project_root, task_of="cinema.box_office")
    assert {"movies.publish", "brand_performance.build"} <= set(whole["assets"])


def test_a_starting_task_imports_what_its_kept_plan_needs(
    project_root: Path, tmp_path: Path
) -> None:
    """On Celery and Kubernetes a task's process imports it each time."""
    root = project(tmp_path, project_root)
    load(root, project_root, task_of="cinema.box_office")
    answer = load(root, project_root, task_of="cinema.box_office", task="movies.gate_silver")
    assert "movies.publish" in answer["tasks"]["cinema.box_office"]
    assert answer["assets"] == []
    imported = set(answer["modules"])
    late = ("medallion.sources", "medallion.cleaning.declared", "medallion.checks", "medallion.bi")
    reading = ("medallion.spec.load", "medallion.spec.rules", "medallion.spec.models")
    others = ("medallion.compiler.project", "medallion.airflow.every_dag", "airflow.models")
    assert {name for name in imported if name.startswith((*late, *reading, *others))} == set()
    wanted = """
import sys
from unittest.mock import patch
import airflow.sdk
from medallion.airflow.preload import prepare_for_parsing
with patch("medallion.airflow.stubs.keep_stubs"), patch("medallion.compiler.guard.start_host"):
    prepare_for_parsing()
print("ANSWER", *sys.modules)
"""
    environ = {**os.environ, "PYTHONPATH": str(project_root / "plugins")}
    done = subprocess.run(
        [sys.executable, "-c", wanted], env=environ, capture_output=True, text=True, check=True
    )
    ahead = set(done.stdout.rpartition("ANSWER")[2].split())
    left = {name for name in imported - ahead if name.startswith("medallion")}
    assert left == set(), "the DAG processor imports them in each child"


def test_a_task_of_a_dag_that_is_not_ours_gets_them_all(project_root: Path, tmp_path: Path) -> None:
    root = project(tmp_path, project_root)
    answer = load(root, project_root, task_of="somebody_elses")
    assert answer["dags"] == ["cinema.box_office", *own_of(root)]


def test_a_task_whose_spec_was_broken_meanwhile_says_where(
    project_root: Path, tmp_path: Path
) -> None:
    root = project(tmp_path, project_root)
    (root / "specs/cinema/box_office.yaml").write_text("description: x\ndatasetz: {}\n")
    answer = load(root, project_root, task_of="cinema.box_office")
    assert "specs/cinema/box_office.yaml:2:1" in answer["error"]
    assert "did you mean datasets" in answer["error"]


@pytest.mark.parametrize(
    "content",
    [
        b"datasets: [",
        b"\xff\xfe\x00bad",
        b"description: x\nschedule: not a cron\n",
        b"",
        b"- just\n- a list\n",
        b"a: &a [1]\nb: *a\n",
    ],
)
def test_a_broken_spec_takes_no_other_down_and_shows_in_the_banner(
    content: bytes, project_root: Path, tmp_path: Path
) -> None:
    root = project(tmp_path, project_root)
    (root / "specs/cinema/broken.yaml").write_bytes(content)
    answer = load(root, project_root)
    assert answer["dags"] == ["cinema.box_office", *own_of(root)]
    assert "specs/cinema/broken.yaml" in answer["banner"]


@pytest.mark.parametrize("own", [BI, *OWN])
def test_a_task_of_our_own_dags_reads_no_spec(own: str, project_root: Path, tmp_path: Path) -> None:
    root = project(tmp_path, project_root)
    (root / "specs/cinema/broken.yaml").write_text("datasets: [")
    answer = load(root, project_root, task_of=own)
    assert answer["dags"] == [own]
    assert "banner" not in answer
    assert not [name for name in answer["modules"] if name.startswith("yaml")]


def test_our_own_dags_know_the_domains_and_the_silver_tables(
    project_root: Path, tmp_path: Path
) -> None:
    root = project(tmp_path, project_root)
    shutil.copytree(root / "specs/cinema", root / "specs/other")
    answer = load(root, project_root)
    assert answer["tasks"]["medallion.maintenance"] == [
        "cinema", "other", "unused__environments"
    ]  # fmt: skip
    assert answer["table"][0] is False and answer["table"][1]["minLength"] == 1
    assert "null" in answer["run"]  # else the form will not be sent without it
    assert answer["examples"] == [
        "silver_cinema.brands",
        "silver_cinema.genres",
        "silver_cinema.movies",
        "silver_cinema.title_aliases",
    ]


def test_where_there_is_no_pipeline_there_is_no_other_dag(
    project_root: Path, tmp_path: Path
) -> None:
    assert load(tmp_path, project_root)["dags"] == []


def test_the_docs_tell_description_owner_and_tables(project_root: Path, tmp_path: Path) -> None:
    docs = load(project(tmp_path, project_root), project_root)["docs"]["cinema.box_office"]
    assert "Films from TMDB crossed with the box office of film brands." in docs
    assert "**Owner:** cinema-data" in docs
    assert "| `gold_cinema.brand_performance` |" in docs
