"""This build beside another one: each comparison has a side, and a failed side says why."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.against import WHAT, Build, Sizes
from bench.child import ROOT, SideFailed, run_side
from bench.workspace import Workspace

from bench import path

URLS = ("postgresql://warehouse", "postgresql://source")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    sizes = Sizes(specs=2, rows=10, rounds=1)
    workspace = Workspace(folder=tmp_path, rows=10, specs=2)
    return Build.of(ROOT, "here", workspace, sizes, URLS, port=1)


def test_each_comparison_has_a_side(build: Build) -> None:
    assert set(build.sides()) == set(WHAT)


def test_a_tiny_gate_is_asked_of_few_orders_in_a_fork(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Any]] = []

    def answer(side: str, given: Any, *_: object) -> dict[str, float]:
        asked.append((side, given))
        return {"seconds": 1.0}

    monkeypatch.setattr("bench.against.run_side", answer)
    build.prepare("gate_tiny")
    build.sides()["gate_tiny"]()
    assert [side for side, _ in asked] == ["land_orders", "clean_orders", "gate_orders"]
    assert {given["run_id"] for _, given in asked} == {"bench_100"}
    assert asked[-1][1]["forked"]


@pytest.mark.parametrize(("found", "passes"), [([5, 5], 1), ([1, 5], 2), ([1, 1, 1, 5], 3)])
def test_a_project_is_parsed_once_all_of_its_specs_are_compiled(
    build: Build, monkeypatch: pytest.MonkeyPatch, found: list[int], passes: int
) -> None:
    asked: list[str] = []
    dags = iter(found)

    def answer(side: str, *_: object) -> dict[str, float]:
        asked.append(side)
        return {"seconds": 1.0, "dags": next(dags) if side == "parse_files" else 0}

    monkeypatch.setattr("bench.against.run_side", answer)
    build.prepare("unchanged")
    assert asked == ["parse_files"] * passes + ["parse_dags"]


def test_projects_of_one_warehouse_have_gold_tables_of_their_own(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guard would refuse what has other rows and columns than the one before."""
    for rows in ("WIDE_ROWS", "CELL_ROWS"):
        monkeypatch.setattr(path, rows, 2)
    at = build.workspace
    made = [path.orders_files(at, 10), path.wide_files(at), path.cell_files(at)]
    specs = [files["specs/bench/orders.yaml"] for files in made]
    assert len({table for spec in specs for table in (*spec["datasets"], *spec["gold"])}) == 6


def test_a_side_that_fails_says_why_before_what_other_libraries_add(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = ["one.py: 459 DAGs of {8} tasks", "nanobind: leaked 111 functions!"]
    said += [' - leaked function "close"'] * 30 + [" - ... skipped remainder"]

    def run(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([sys.executable], 1, stdout="\n".join(said))

    monkeypatch.setattr("bench.child.subprocess.run", run)
    with pytest.raises(SideFailed, match=r"ended with 1:\none\.py: 459 DAGs of \{8\} tasks$"):
        run_side("parse_dags", {})
