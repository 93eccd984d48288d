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
