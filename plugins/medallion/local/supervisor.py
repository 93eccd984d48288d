"""Keeps the components of the local stack running: the only process that `make up` leaves behind
itself; everything else is its child.

Airflow's own `standalone` command orphans its children on SIGTERM and restarts nothing.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from medallion.local.components import Component
from medallion.local.heartbeats import HeartbeatReader, HeartbeatWatch
from medallion.local.journal import Journal
from medallion.local.processes import Family, start_family, stop_families

LOOK_EVERY_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# Who ran this long is well again: its next death is treated as the first one.
WELL_AFTER_SECONDS = 60.0
STOP_PATIENCE_SECONDS = 20.0

log = logging.getLogger(__name__)


def pause_before_restart(failures: int) -> float:
    """Seconds to wait before the restart after so many deaths in a row: 1, 2, 4 … 30.

    >>> [pause_before_restart(failures) for failures in (1, 2, 3, 9)]
    [1.0, 2.0, 4.0, 30.0]
    """
    return min(FIRST_PAUSE_SECONDS * 2.0 ** max(failures - 1, 0), LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A started process, the session that it leads, and when it began (monotonic seconds, and by
    the clock).
    """

    process: subprocess.Popen[bytes]
    family: Family
    began: float
    started: datetime


@dataclass(slots=True, kw_only=True)
class Child:
    """A component, and what runs of it at the moment."""

    component: Component
    running: Running | None = None
    failures: int = 0
    restarts: int = 0
    due: float = 0.0
    """When to start it (monotonic seconds); the past means now."""


class Supervisor:
    """Starts every component, restarts what dies or stalls, and stops all of it on a signal."""

    def __init__(
        self,
        components: Sequence[Component],
        *,
        env: Mapping[str, str],
        logs: Path,
        journal: Journal,
        tend_database: Callable[[], None],
        tend_logs: Callable[[], None] = lambda: None,
        read_heartbeats: Callable[[], Mapping[str, datetime]] = dict,
    ) -> None:
        self._children = [Child(component=component) for component in components]
        self._env = env
        self._logs = logs
        self._journal = journal
        self._tend_database = tend_database
        self._tend_logs = tend_logs
        self._reader = HeartbeatReader(read_heartbeats)
        self._watch = HeartbeatWatch()
        self._stop = threading.Event()

    def run(self) -> None:
        """Supervise until SIGTERM or SIGINT, then stop every component and return."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self._reader.start()
        try:
            while not self._stop.is_set():
                self._look()
                self._stop.wait(LOOK_EVERY_SECONDS)
        finally:
            self._reader.stop()
            self._stop_all()

    def _look(self) -> None:
        self._tend_database()
        self._tend_logs()
        self._end_stalled()
        changed = False
        for child in self._children:
            if child.running is not None and child.running.process.poll() is not None:
                self._bury(child, child.running)
                changed = True
            if child.running is None and time.monotonic() >= child.due:
                child.running = self._start(child.component)
                changed = True
        if changed:
            self._record()

    def _end_stalled(self) -> None:
        """What lives and has no heartbeat is ended: it is started again as what died."""
        if (beats := self._reader.take()) is None:
            return
        living = {
            child.component.name: child.running
            for child in self._children
            if child.running is not None and child.running.process.poll() is None
        }
        started = {name: running.started for name, running in living.items()}
        for name, seconds in self._watch.look(beats, started, time.monotonic()).items():
            log.warning("%s lives without a heartbeat for %.0f s; it is ended", name, seconds)
            living[name].process.kill()
            living[name].process.wait()

    def _start(self, component: Component) -> Running:
        started = datetime.now(UTC)
        process, family = start_family(
            component.argv,
            env=self._env if component.environment is None else component.environment,
            log=self._logs / f"{component.name}.log",
            cwd=self._logs,
        )
        log.info("%s started, pid %d", component.name, process.pid)
        return Running(process=process, family=family, began=time.monotonic(), started=started)

    def _bury(self, child: Child, dead: Running) -> None:
        """Its workers may have outlived it, and hold locks and ports: they go first."""
        dead.family.kill()
        lived = time.monotonic() - dead.began
        child.failures = 1 if lived > WELL_AFTER_SECONDS else child.failures + 1
        child.restarts += 1
        pause = pause_before_restart(child.failures)
        child.due = time.monotonic() + pause
        child.running = None
        log.warning(
            "%s ended with code %s after %.0f s; it is started again in %.0f s",
            child.component.name, dead.process.returncode, lived, pause,
        )  # fmt: skip

    def _stop_all(self) -> None:
        for serves_others in (False, True):
            families = [
                child.running.family
                for child in self._children
                if child.running is not None and child.component.serves_others is serves_others
            ]
            stop_families(families, patience_seconds=STOP_PATIENCE_SECONDS, reap=self._reap)
        self._children.clear()
        self._record()
        log.info("all components are stopped")

    def _reap(self) -> None:
        for child in self._children:
            if child.running is not None:
                child.running.process.poll()

    def _record(self) -> None:
        self._journal.write_components(
            {
                child.component.name: (child.running.family, child.restarts)
                for child in self._children
                if child.running is not None
            }
        )
