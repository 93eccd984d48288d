"""Several guarded processes at once: one that a spec brings down stops none of the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.compiler.projects import broken_guard, hostile, write

from medallion.compiler import crew
from medallion.compiler.answers import Answer
from medallion.compiler.crew import Work, ask_side_by_side
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
    names = [f"spec_{number}" for number in range(9)]
    for name in names:
        write(tmp_path, name)
    before, used, answered = set(psutil.Process().children()), set[int](), list[str]()

    def begin(one: Guard, name: str) -> None:
        used.add(id(one))
        one.begin("spec", tmp_path, seconds=5.0, path=f"specs/shop/{name}.yaml")

    def receive(name: str, answer: Answer) -> None:
        assert f'"{name}"' in answer["plan"]
        answered.append(name)

    ask_side_by_side(guard, names, Work(begin=begin, receive=receive))
    assert sorted(answered) == names
    assert len(used) == 3
    assert len(set(psutil.Process().children()) - before) == 1


def test_other_work_is_done_until_answers_come(tmp_path: Path, guard: Guard) -> None:
    write(tmp_path, "a_slow_one", "work > 1")
    done = list[str]()

    def meanwhile() -> bool:
        done.append("other work")
        return len(done) < 3

    def begin(one: Guard, name: str) -> None:
        one.begin("spec", tmp_path, seconds=5.0, path=f"specs/shop/{name}.yaml")

    work = Work(begin=begin, receive=lambda name, answer: done.append(name), meanwhile=meanwhile)
    ask_side_by_side(guard, ["a_slow_one"], work)
    assert done == ["other work"] * 3 + ["a_slow_one"]


def test_what_nobody_waits_for_any_more_is_not_answered_to_the_next_one(
    tmp_path: Path, guard: Guard
) -> None:
    for name in (names := [f"spec_{number}" for number in range(9)]):
        write(tmp_path, name)

    def begin(one: Guard, name: str) -> None:
        one.begin("spec", tmp_path, seconds=5.0, path=f"specs/shop/{name}.yaml")

    def fail(name: str, answer: Answer) -> None:
        raise RuntimeError(name)

    with pytest.raises(RuntimeError, match="spec_"):
        ask_side_by_side(guard, names, Work(begin=begin, receive=fail))
    answer = guard.ask("access", tmp_path, seconds=5.0)
    assert "plan" not in answer


def test_an_error_stops_the_work_and_is_raised(tmp_path: Path) -> None:
    for number in range(9):
        write(tmp_path, f"spec_{number}")
    report = read_project(tmp_path, broken_guard())
    assert report.specs == ()
    assert len(report.issues) == 9
    assert all("cannot be compiled" in issue.problem for issue in report.issues)


@pytest.mark.parametrize(("items", "processes"), [(1, 1), (2, 2), (90, 3)])
def test_there_is_a_process_for_each_core_and_work_for_it(items: int, processes: int) -> None:
    assert crew._processes(items) == processes
