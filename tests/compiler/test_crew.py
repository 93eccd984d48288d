"""Several guarded processes at once: one that a spec brings down stops none of the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.compiler.projects import broken_guard, hostile, write

from medallion.compiler import crew
from medallion.compiler.crew import side_by_side
from medallion.compiler.guard import Guard
from medallion.compiler.project import read_project


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three processes, whatever the machine has."""
    monkeypatch.setattr(crew, "_cores", lambda: 3)
    monkeypatch.setattr(crew, "WORTH_ONE", 1)


@pytest.fixture
def guard() -> Iterator[Guard]:
    with hostile() as guard:
        yield guard


def test_what_brings_one_process_down_stops_no_other(tmp_path: Path, guard: Guard) -> None:
    for text in ("spin", "grow", "crash"):
        write(tmp_path, text, f"{text} > 1")
    valid = [f"witness_{number}" for number in range(6)]
    for name in valid:
        write(tmp_path, name)
    report = read_project(tmp_path, guard)
    assert [spec.dag_id.pipeline for spec in report.specs] == valid
    assert {Path(issue.path).stem for issue in report.issues} == {"spin", "grow", "crash"}
    assert {issue.rule for issue in report.issues} == {"compile-limit"}


def test_the_processes_that_helped_are_gone_afterwards(tmp_path: Path, guard: Guard) -> None:
    names = [f"spec_{number}" for number in range(3)]
    for name in names:
        write(tmp_path, name)
    before, used = len(psutil.Process().children()), set[int]()
    all_at_once = threading.Barrier(3)

    def work(one: Guard, name: str) -> None:
        used.add(id(one))
        all_at_once.wait(60)
        answer = one.ask("spec", tmp_path, seconds=5.0, path=f"specs/shop/{name}.yaml")
        assert answer["plan"]

    side_by_side(guard, names, work)
    assert len(used) == 3
    assert len(psutil.Process().children()) == before + 1


def test_an_error_stops_the_work_and_is_raised(tmp_path: Path) -> None:
    for number in range(9):
        write(tmp_path, f"spec_{number}")
    report = read_project(tmp_path, broken_guard())
    assert report.specs == ()
    assert len(report.issues) == 9
    assert all("cannot be compiled" in issue.problem for issue in report.issues)


@pytest.mark.parametrize(("items", "processes"), [(1, 1), (2, 2), (90, 4)])
def test_there_is_one_process_more_than_cores_and_work_for_it(items: int, processes: int) -> None:
    assert crew._processes(items) == processes
