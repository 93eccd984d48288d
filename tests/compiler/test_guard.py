"""Specs that never end, that need gigabytes, that crash: each only ends its own reading."""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from tests.compiler.projects import LIMITS, broken_guard, hostile, write

from medallion.compiler.answers import Answer
from medallion.compiler.guard import Guard
from medallion.compiler.project import load_project, read_project
from medallion.errors import Issue


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    with hostile() as guard:
        yield guard


def verdicts(root: Path, guard: Guard) -> tuple[list[str], dict[str, Issue]]:
    report = read_project(root, guard)
    by_path = {Path(issue.path).stem: issue for issue in report.issues}
    return [spec.dag_id.pipeline for spec in report.specs], by_path


def test_each_spec_that_is_too_much_is_refused_by_key_and_the_others_are_read(
    tmp_path: Path, guard: Guard
) -> None:
    for text in ("spin", "grow", "crash"):
        write(tmp_path, text, f"{text} > 1")
    write(tmp_path, "witness")
    write(tmp_path, "zealous")
    valid, issues = verdicts(tmp_path, guard)
    assert valid == ["witness", "zealous"]
    said = {name: (issue.rule, issue.line, issue.key) for name, issue in issues.items()}
    key = "datasets.{}.silver.filter"
    assert said == {
        name: ("compile-limit", 8, key.format(name)) for name in ("spin", "grow", "crash")
    }
    assert "1.5 s of processor time" in issues["spin"].problem
    assert "256 MiB" in issues["grow"].problem
    assert "crashed" in issues["crash"].problem


def test_what_was_ended_is_not_tried_again_before_it_changes(tmp_path: Path, guard: Guard) -> None:
    write(tmp_path, "spin", "spin > 1")
    write(tmp_path, "witness")
    first = verdicts(tmp_path, guard)
    with_nothing_to_do = broken_guard()
    assert verdicts(tmp_path, with_nothing_to_do) == first
    write(tmp_path, "spin", "number > 1")
    assert verdicts(tmp_path, guard)[0] == ["spin", "witness"]


def test_a_slow_spec_is_read_after_the_quick_ones(tmp_path: Path, guard: Guard) -> None:
    write(tmp_path, "a_slow_one", "work > 1")
    write(tmp_path, "witness")
    valid, issues = verdicts(tmp_path, guard)
    assert "a_slow_one" in issues and issues["a_slow_one"].rule == "filter-rows"
    assert valid == ["witness"]


def test_a_spec_that_is_stuck_is_tried_again_later(tmp_path: Path) -> None:
    write(tmp_path, "wait", "wait > 1")
    write(tmp_path, "witness")
    limits = replace(LIMITS, patience=2.0, retry_after=0.0)
    with hostile(limits) as guard:
        valid, issues = verdicts(tmp_path, guard)
    assert valid == ["witness"]
    assert "stalled and was stopped" in issues["wait"].problem
    others = set(psutil.Process().children(recursive=True))
    with hostile(replace(limits, seconds=60.0)) as guard:  # the time to try again has come
        load_project(tmp_path, until=time.monotonic() + 3, guard=guard)
        left = set(psutil.Process().children(recursive=True))
        assert left <= others, "what ran out of time is gone"


def test_when_time_is_over_the_rest_goes_on_at_the_next_look(tmp_path: Path, guard: Guard) -> None:
    write(tmp_path, "witness")
    before = load_project(tmp_path, until=time.monotonic() - 1, guard=guard)
    assert before.runnable == ()
    assert [issue.rule for issue in before.issues] == ["compiling"]
    after = load_project(tmp_path, until=time.monotonic() + 60, guard=guard)
    assert [str(one.plan.dag_id) for one in after.runnable] == ["shop.witness"]
    assert after.issues == ()


def test_where_no_process_can_be_started_it_is_said_and_nothing_is_kept(
    tmp_path: Path, guard: Guard
) -> None:
    write(tmp_path, "witness")
    report = read_project(tmp_path, broken_guard())
    assert report.specs == ()
    assert "cannot be compiled" in report.issues[0].problem
    assert verdicts(tmp_path, guard) == (["witness"], {})


def test_the_guarded_process_has_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", "postgres://loader:pw@host/db")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "key")
    write(tmp_path, "nosy", "secret")
    with hostile() as guard:
        _, issues = verdicts(tmp_path, guard)
    assert "PYTHONPATH" in issues["nosy"].problem
    assert "AIRFLOW_" not in issues["nosy"].problem.replace("AIRFLOW_HOME", "")


def test_jobs_are_answered_in_their_order_whatever_becomes_of_them(
    tmp_path: Path, guard: Guard
) -> None:
    names = ["witness", "crash", "zealous", "spin", "last"]
    for name in names:
        write(tmp_path, name, f"{name} > 1" if name in ("crash", "spin") else "number > 0")
    for name in names:
        guard.begin("spec", tmp_path, seconds=0.5, path=f"specs/shop/{name}.yaml")
    answers: list[Answer] = []
    while len(answers) < len(names):
        select.select([guard], [], [], 60)
        if (answer := guard.take()) is not None:
            answers.append(answer)
    assert [answer.get("ended") for answer in answers] == [None, "crash", None, "time", None]
    right = [name for name, answer in zip(names, answers, strict=True) if answer.get("plan")]
    assert right == ["witness", "zealous", "last"]
    assert all(name in answers[names.index(name)]["plan"] for name in right)


def test_jobs_of_a_process_that_has_ended_are_done_by_another_one(tmp_path: Path) -> None:
    names = ["first", "second"]
    for name in names:
        write(tmp_path, name)
    with hostile() as guard:
        guard.ask("access", tmp_path, seconds=5.0)
        for name in names:
            guard.begin("spec", tmp_path, seconds=5.0, path=f"specs/shop/{name}.yaml")
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it may have ended with its parent
                if "hostile_worker" in " ".join(process.cmdline()):
                    process.kill()
        answers: list[Answer] = []
        while len(answers) < len(names):
            select.select([guard], [], [], 60)
            if (answer := guard.take()) is not None:
                answers.append(answer)
    assert all(name in answer["plan"] for name, answer in zip(names, answers, strict=True))


def test_what_a_signal_interrupts_is_not_answered_to_the_next_job(
    tmp_path: Path, guard: Guard
) -> None:
    """Airflow ends the parse of a file, or a task, by an alarm."""

    def ring(*_: object) -> None:
        raise KeyboardInterrupt

    write(tmp_path, "slow", "work > 1")
    before = signal.signal(signal.SIGALRM, ring)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            guard.ask("spec", tmp_path, seconds=5.0, path="specs/shop/slow.yaml")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert "plan" not in guard.ask("access", tmp_path, seconds=5.0)
