"""A day of many specs, simulated from what one task costs here: what is full first, at which size?

    PYTHONPATH=.:plugins .venv/bin/python -m bench.scale [SPECS …]

`scale.json` holds what was measured, with the command that gives each figure, and what is assumed.
The simulation plays a day: runs start as their schedules say, each is a chain of tasks, a task
waits for a scheduler to start it (in the order in which tasks become ready) and for a slot. What a
task costs each component is known too: so is the number of specs at which one is full.
docs/scale.md shows both, and what they do not know.
"""

from __future__ import annotations

import heapq
import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DAY, HOUR = 86_400, 3_600
SIZES = (100, 1_000, 3_000, 10_000, 30_000)
FIGURES = Path(__file__).with_name("scale.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured, each in the unit of its name; `scale.json` says how.

    `…_ms` are milliseconds of a processor for one task.
    """

    scheduler_ms: float
    api_ms: float
    metadata_ms: float
    worker_ms: float
    warehouse_ms: float
    parse_ms_a_spec: float
    look_ms_a_spec: float
    sync_ms_a_spec: float
    metadata_kib_a_task: float
    registry_kib_a_publication: float
    relations_a_table: float
    files_a_landing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What nobody can measure here: the shape of a company, and its machines.

    Attributes:
        hourly, weekly: shares of the specs; the others are daily.
        at_midnight: the share of daily specs that start at 00:00; the others start in one of the
            hours of `morning`, on the minute.
        tasks: of a run, one after the other.
        tables: that a spec publishes.
        task_seconds: of a task, from its start to its end.
        schedulers, slots, api_processes: how many there are.
        metadata_cores, warehouse_cores, worker_cores: processors of each.
        parse_processes: of the DAG processor.
        specs_a_domain: each domain has two DAG files, and each of these looks at all specs.
        kept_days: of Airflow's history and of bronze.
    """

    hourly: float
    weekly: float
    at_midnight: float
    morning: int
    tasks: int
    tables: int
    task_seconds: float
    schedulers: int
    slots: int
    api_processes: int
    metadata_cores: int
    warehouse_cores: int
    worker_cores: int
    parse_processes: int
    specs_a_domain: int
    kept_days: int


@dataclass(slots=True)
class Day:
    """What a simulated day was like."""

    specs: int
    runs: int = 0
    tasks: int = 0
    started: list[int] = field(default_factory=lambda: [0] * 48)
    """Tasks that a scheduler started, by hour; the second day's hours are what the first left."""
    delays: list[float] = field(default_factory=list)
    """Seconds by which each run ended later than it would have alone."""
    wave_ended: float = 0.0
    """When the last run that midnight had started was done, in seconds after midnight."""
    most_at_once: int = 0

    @property
    def busiest(self) -> int:
        """The tasks of the fullest hour."""
        return max(self.started)


def main(words: Sequence[str]) -> None:
    """Simulate each size, and print what docs/scale.md shows."""
    said = json.loads(FIGURES.read_text(encoding="utf-8"))
    measured = Measured(**{name: one["value"] for name, one in said["measured"].items()})
    assumed = Assumed(**said["assumed"])
    sizes = tuple(map(int, words)) or SIZES
    print("\n".join(list_days(measured, assumed, sizes)))
    print()
    print("\n".join(list_limits(measured, assumed)))


def list_days(measured: Measured, assumed: Assumed, sizes: Sequence[int]) -> Iterator[str]:
    """A table in Markdown: a line for each size."""
    yield (
        "| specs | runs a day | tasks a day | busiest hour | midnight's runs are done after "
        "| half of the runs are late by | one in twenty by | slots in use |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for specs in sizes:
        day = simulate(specs, measured, assumed)
        late = sorted(day.delays)
        yield (
            f"| {specs:,} | {day.runs:,} | {day.tasks:,} | {day.busiest:,} tasks "
            f"| {_spell(day.wave_ended)} | {_spell(late[len(late) // 2])} "
            f"| {_spell(late[int(len(late) * 0.95)])} | {day.most_at_once} |"
        )


def simulate(specs: int, measured: Measured, assumed: Assumed, seed: int = 12) -> Day:
    """A day of so many specs, and as much of the next as its tasks need."""
    day = Day(specs=specs)
    pace = measured.scheduler_ms / 1000 / assumed.schedulers
    alone = assumed.tasks * (pace + assumed.task_seconds)
    # (when it is ready, its number among those of that moment, the run's start, tasks left)
    ready = [
        (start, number, start, assumed.tasks)
        for number, start in enumerate(find_starts(specs, assumed, random.Random(seed)))
    ]
    heapq.heapify(ready)
    day.runs = len(ready)
    slots: list[float] = []
    free = 0.0
    while ready:
        moment, number, start, left = heapq.heappop(ready)
        begin = max(moment, free)
        if len(slots) == assumed.slots:
            begin = max(begin, heapq.heappop(slots))
        free = begin + pace
        ended = free + assumed.task_seconds
        while slots and slots[0] <= free:
            heapq.heappop(slots)
        heapq.heappush(slots, ended)
        day.most_at_once = max(day.most_at_once, len(slots))
        day.tasks += 1
        day.started[min(int(begin // HOUR), 47)] += 1
        if left > 1:
            heapq.heappush(ready, (ended, number, start, left - 1))
        else:
            day.delays.append(ended - start - alone)
            if start == 0:
                day.wave_ended = max(day.wave_ended, ended)
    return day


def find_starts(specs: int, assumed: Assumed, chance: random.Random) -> Iterator[float]:
    """When each run of a day starts, in seconds after midnight."""
    hourly = round(specs * assumed.hourly)
    weekly = round(specs * assumed.weekly)
    for _ in range(hourly):
        yield from (float(hour * HOUR) for hour in range(24))
    for _ in range(round(weekly / 7) + specs - hourly - weekly):
        if chance.random() < assumed.at_midnight:
            yield 0.0
        else:
            yield float(60 * chance.randrange(assumed.morning * 60))


def tasks_a_spec(assumed: Assumed) -> tuple[float, float]:
    """Tasks of a spec in a day, and of those of the wave that begins at midnight."""
    daily = 1 - assumed.hourly - assumed.weekly + assumed.weekly / 7
    day = (24 * assumed.hourly + daily) * assumed.tasks
    wave = (assumed.hourly + daily * assumed.at_midnight) * assumed.tasks
    return day, wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A component, and the number of specs at which it is full."""

    component: str
    specs: float
    why: str


def find_limits(measured: Measured, assumed: Assumed) -> list[Limit]:
    """Each component's, the lowest first. What starts at midnight has to be done in an hour."""
    day, wave = tasks_a_spec(assumed)

    def in_an_hour(milliseconds: float, processors: float) -> float:
        return processors * HOUR * 1000 / milliseconds / wave

    publications = day / assumed.tasks * assumed.tables
    history_gib = assumed.kept_days * day * measured.metadata_kib_a_task / 1024**2
    registry_gib = assumed.kept_days * publications * measured.registry_kib_a_publication / 1024**2
    files = assumed.kept_days * publications * measured.files_a_landing
    found = [
        Limit(
            component="scheduler",
            specs=in_an_hour(measured.scheduler_ms, assumed.schedulers),
            why=f"{measured.scheduler_ms:.0f} ms a task; each further scheduler adds as much",
        ),
        Limit(
            component="API server",
            specs=in_an_hour(measured.api_ms, assumed.api_processes),
            why=f"{measured.api_ms:.0f} ms a task; add processes",
        ),
        Limit(
            component="workers' processors",
            specs=in_an_hour(measured.worker_ms, assumed.worker_cores),
            why=f"{measured.worker_ms:.0f} ms a task of a small table; add machines",
        ),
        Limit(
            component="workers' slots",
            specs=assumed.slots * HOUR / assumed.task_seconds / wave,
            why=f"{assumed.task_seconds:.1f} s a task; add slots",
        ),
        Limit(
            component="metadata database",
            specs=in_an_hour(measured.metadata_ms, assumed.metadata_cores),
            why=f"{measured.metadata_ms:.0f} ms a task; {history_gib * 1024:.0f} MiB of history "
            "a spec",
        ),
        Limit(
            component="warehouse",
            specs=in_an_hour(measured.warehouse_ms, assumed.warehouse_cores),
            why=f"{measured.warehouse_ms:.0f} ms a task of a small table, rows not counted; "
            f"{registry_gib * 1024:.1f} MiB of registry and "
            f"{measured.relations_a_table * assumed.tables:.0f} relations a spec",
        ),
        Limit(
            component="DAG processor's children",
            specs=_find_most_parsed(measured, assumed),
            why=f"a pass over all files in 5 minutes at {measured.parse_ms_a_spec:.1f} ms a spec, "
            f"and {measured.look_ms_a_spec:.3f} ms for each spec in each file",
        ),
        Limit(
            component="DAG processor itself",
            specs=300_000 / measured.sync_ms_a_spec,
            why=f"the same pass: it writes all DAGs, at {measured.sync_ms_a_spec:.1f} ms each",
        ),
        Limit(
            component="lake",
            specs=100e6 / files,
            why=f"100 million files; {files:,.0f} a spec in {assumed.kept_days} days",
        ),
    ]
    return sorted(found, key=lambda one: one.specs)


def _find_most_parsed(measured: Measured, assumed: Assumed) -> float:
    """The specs whose files the DAG processor gets through in 5 minutes: the time grows with their
    square, since each domain's two files look at the specs of all."""
    given = assumed.parse_processes * 300_000
    of_square = 2 * measured.look_ms_a_spec / assumed.specs_a_domain
    half = measured.parse_ms_a_spec / (2 * of_square)
    return math.sqrt(half**2 + given / of_square) - half


def list_limits(measured: Measured, assumed: Assumed) -> Iterator[str]:
    """The same as a table in Markdown."""
    yield "| what | is full at | of which |"
    yield "|---|---|---|"
    for one in find_limits(measured, assumed):
        yield f"| {one.component} | {_round(one.specs):,} specs | {one.why} |"


def _round(number: float) -> int:
    """To two digits: no more is known."""
    digits = max(0, len(str(int(number))) - 2)
    return int(round(number, -digits))


def _spell(seconds: float) -> str:
    """As a person says it: 40 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / HOUR:.1f} h"


if __name__ == "__main__":
    main(sys.argv[1:])
