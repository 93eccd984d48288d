"""Finds a component that lives and works no longer, by the heartbeats that Airflow keeps of it.

Airflow's LocalExecutor may wait for a worker forever when it ends. It asks each worker that still
lives to leave; one that leaves before the next is looked at is not counted, and one is asked too
few (Airflow 3.3.2, `LocalExecutor.end`; apache/airflow#67870). A scheduler whose database was away
for a moment then neither schedules nor exits, and nobody who restarts what exits would help it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from medallion.local.components import API_SERVER, REPORTED_HEALTH
from medallion.local.health import read_report

READ_EVERY_SECONDS = 10.0
# Airflow calls a component unhealthy after 30 s. On a machine that is very busy that happens.
PATIENCE_SECONDS = 120.0
# Until the first heartbeat, with all of Airflow to import.
PATIENCE_AT_START_SECONDS = 600.0

# The API server answers for itself.
_BEATING = {key: name for key, name in REPORTED_HEALTH.items() if name != API_SERVER}


def read_heartbeats(api_url: str) -> dict[str, datetime]:
    """The moment of each component's latest heartbeat; {} while Airflow's API server or its
    database does not answer.
    """
    report = read_report(api_url)
    found = {
        name: report.get(key, {}).get(f"latest_{key}_heartbeat") for key, name in _BEATING.items()
    }
    return {name: datetime.fromisoformat(beat) for name, beat in found.items() if beat}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A heartbeat that was read, while which process ran, and since when (monotonic seconds)."""

    started: datetime
    beat: datetime
    since: float


class HeartbeatWatch:
    """Says which components have lived without a heartbeat for too long.

    Only what was read in a row counts: while nothing can be read, and while the machine sleeps, no
    time passes.
    """

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def look(
        self, beats: Mapping[str, datetime], started: Mapping[str, datetime], now: float
    ) -> dict[str, float]:
        """Take what was read just now.

        Args:
            beats: the latest heartbeat of each component; {} if it could not be read.
            started: when the process of each component that runs was started.
            now: monotonic seconds.

        Returns:
            What has stalled, and for how many seconds.
        """
        before, self._seen = self._seen, {}
        stalled = {}
        for name in beats.keys() & started.keys():
            seen = before.get(name)
            if seen is None or (seen.started, seen.beat) != (started[name], beats[name]):
                seen = _Seen(started=started[name], beat=beats[name], since=now)
            self._seen[name] = seen
            is_its_own = seen.beat > seen.started
            patience = PATIENCE_SECONDS if is_its_own else PATIENCE_AT_START_SECONDS
            if (silent := now - seen.since) >= patience:
                stalled[name] = silent
        return stalled


class HeartbeatReader:
    """Reads the heartbeats again and again in a thread of its own: nobody waits for an API server
    that is busy.
    """

    def __init__(self, read: Callable[[], Mapping[str, datetime]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._new: Mapping[str, datetime] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="heartbeats")
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()

    def take(self) -> Mapping[str, datetime] | None:
        """What was read since the last call; None if nothing was."""
        with self._lock:
            new, self._new = self._new, None
        return new

    def _run(self) -> None:
        while not self._stop.wait(READ_EVERY_SECONDS):
            found = self._read()
            with self._lock:
                self._new = found
