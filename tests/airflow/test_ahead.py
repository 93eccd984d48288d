"""DAGs that are made while other specs are compiled: the same as those that are made afterwards."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

from medallion.airflow.ahead import Ahead
from medallion.airflow.factory import build_dags
from medallion.compiler.project import load_project
from medallion.compiler.runnable import Project, Runnable
from medallion.plan.asset_facts import read_facts, write_facts

ORDERS = """\
description: Orders.
owner: shop-data
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {share_with: [office], columns: {day: {type: date}}}
"""
DAYS = "description: Days.\ngold:\n  dates: {sql: dates.sql}\n"
KEPT = "specs/shop/orders.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in (
        (KEPT, ORDERS),
        ("specs/office/days.yaml", DAYS),
        ("include/sql/office/dates.sql", "select day from silver_shop.orders"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path.resolve()


def written(dags: Mapping[str, DAG]) -> dict[str, Any]:
    return {dag_id: DagSerialization.to_dict(dag) for dag_id, dag in dags.items()}


def load(root: Path, ahead: Ahead) -> Project:
    """A look at the project, all of whose plans are made ahead."""
    project = load_project(root, time.monotonic() + 600)
    for one in project.runnable:
        ahead.make(one.plan, project.assets)
    return project


def test_dags_that_are_made_ahead_are_those_that_would_be_made(root: Path) -> None:
    ahead = Ahead(root)
    project = load(root, ahead)
    made = {str(one.plan.dag_id): ahead.find(one, project.assets) for one in project.runnable}
    assert made.pop("office.days") is None  # it waits for a table
    assert [dag.dag_id for dag in made.values() if dag] == ["shop.orders"]
    dags, issues = build_dags(project, root, ahead.find)
    assert not issues
    assert dags["shop.orders"] is made["shop.orders"]
    assert written(dags) == written(build_dags(project, root)[0])


def test_one_in_which_other_specs_change_an_asset_is_made_again(root: Path) -> None:
    ahead = Ahead(root)
    project = load(root, ahead)
    (one,) = [one for one in project.runnable if one.plan.spec_path == KEPT]
    table = "silver_shop.orders"
    board = {"name": "takings", "type": "dashboard", "dashboard": "takings"}
    facts = {**read_facts(project.assets[table]), "exposures": [board]}
    assert ahead.find(one, project.assets) is not None
    assert ahead.find(one, {**project.assets, table: write_facts(facts)}) is None


def test_what_runs_in_place_of_a_refused_spec_is_not_what_was_made(root: Path) -> None:
    ahead = Ahead(root)
    project = load(root, ahead)
    (one,) = [one for one in project.runnable if one.plan.spec_path == KEPT]
    assert ahead.find(Runnable(plan=one.plan, since="2026-01-01"), project.assets) is None


def test_a_plan_that_cannot_become_a_dag_is_left_for_later(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("Airflow does not take it")

    monkeypatch.setattr("medallion.airflow.ahead.build", fail)
    ahead = Ahead(root)
    project = load(root, ahead)
    assert [ahead.find(one, project.assets) for one in project.runnable] == [None, None]


def test_an_environment_makes_none_ahead(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDALLION_ENV", "dev")
    ahead = Ahead(root)
    project = load(root, ahead)
    assert [ahead.find(one, project.assets) for one in project.runnable] == [None, None]
