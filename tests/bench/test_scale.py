"""The simulation of a day: small ones that can be worked out by hand."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from bench.scale import FIGURES, Assumed, Measured, find_limits, find_starts, list_days, simulate

SAID = json.loads(FIGURES.read_text(encoding="utf-8"))
MEASURED = Measured(**{name: one["value"] for name, one in SAID["measured"].items()})
ASSUMED = Assumed(**SAID["assumed"])
AT_MIDNIGHT = replace(
    ASSUMED, hourly=0, weekly=0, at_midnight=1, tasks=2, schedulers=1, task_seconds=10
)
QUICK = replace(MEASURED, scheduler_ms=1000)


def test_each_figure_says_how_it_was_measured() -> None:
    for name, one in SAID["measured"].items():
        assert one["value"] > 0, name
        assert len(one["how"]) > 20, name


def test_one_run_alone_is_not_late() -> None:
    day = simulate(1, QUICK, AT_MIDNIGHT)
    assert (day.runs, day.tasks, day.delays) == (1, 2, [0.0])
    assert day.wave_ended == 22  # twice: a second until it is started, ten for the task


def test_the_scheduler_starts_one_after_the_other() -> None:
    """Ten runs: their first tasks start at 0, 1, … 9, their second ones follow from 11 on."""
    day = simulate(10, QUICK, replace(AT_MIDNIGHT, slots=100))
    assert day.wave_ended == 31
    assert sorted(day.delays) == [float(number) for number in range(10)]
    two = simulate(10, QUICK, replace(AT_MIDNIGHT, slots=100, schedulers=2))
    assert two.wave_ended < day.wave_ended


def test_tasks_wait_for_a_slot() -> None:
    """One slot: each task has it for the ten seconds after the second in which it is started."""
    day = simulate(3, QUICK, replace(AT_MIDNIGHT, slots=1))
    assert day.most_at_once == 1
    assert day.wave_ended == 6 * 11


def test_no_task_is_lost_and_the_same_seed_gives_the_same_day() -> None:
    first, second = (simulate(200, MEASURED, ASSUMED) for _ in range(2))
    assert first == second
    assert first.tasks == first.runs * ASSUMED.tasks == sum(first.started)
    assert len(first.delays) == first.runs
    assert min(first.delays) > -1e-6


def test_runs_start_as_the_shares_say() -> None:
    shares = replace(ASSUMED, hourly=0.2, weekly=0.1, at_midnight=0.5)
    starts = list(find_starts(700, shares, random.Random(1)))
    assert len(starts) == 140 * 24 + 10 + 490
    assert all(0 <= start < 86_400 for start in starts)


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("scheduler_ms", "scheduler"),
        ("api_ms", "API server"),
        ("metadata_ms", "metadata database"),
        ("warehouse_ms", "warehouse"),
        ("files_a_landing", "lake"),
        ("sync_ms_a_spec", "DAG processor itself"),
    ],
)
def test_what_costs_twice_as_much_is_full_at_half_the_specs(name: str, component: str) -> None:
    def limit(measured: Measured) -> float:
        (found,) = [one for one in find_limits(measured, ASSUMED) if one.component == component]
        return found.specs

    dearer = replace(MEASURED, **{name: 2 * getattr(MEASURED, name)})
    assert limit(dearer) == pytest.approx(limit(MEASURED) / 2)


def test_each_file_of_a_domain_looks_at_all_specs() -> None:
    """1,000 specs in domains of 100 are 20 files: 20 looks at 1,000 specs, and each DAG once."""
    given = replace(MEASURED, parse_ms_a_spec=5, look_ms_a_spec=0.25)
    seconds = (20 * 1_000 * 0.25 + 1_000 * 5) / 1_000
    (limit,) = [one for one in find_limits(given, ASSUMED) if one.component.endswith("children")]
    most = limit.specs / 1_000
    assert seconds == 10
    assert most**2 * 5 + most * 5 == pytest.approx(ASSUMED.parse_processes * 300)


def test_the_day_at_which_the_scheduler_is_full_is_the_one_that_is_simulated() -> None:
    """The two ways to work it out agree: midnight's runs take an hour where its limit is, if there
    is room for as many tasks as one likes, and tasks take no time."""
    shares = replace(ASSUMED, hourly=0, weekly=0, at_midnight=1, slots=10**9, task_seconds=1e-6)
    (limit,) = [one.specs for one in find_limits(MEASURED, shares) if one.component == "scheduler"]
    assert simulate(round(limit), MEASURED, shares).wave_ended == pytest.approx(3600, rel=0.01)


def test_each_size_is_a_line() -> None:
    assert len(list(list_days(MEASURED, ASSUMED, (10, 20)))) == 4
