"""The supervisor: what dies is started again, what is stopped stays stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from medallion.local.journal import Entry, Journal
from medallion.local.supervisor import pause_before_restart

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
T = TypeVar("T")

# A supervisor of small commands; its database is a file that it creates when it is missing. The
# heartbeat of one of them stays the same.
PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from medallion.local import heartbeats
from medallion.local.components import Component
from medallion.local.journal import Journal
from medallion.local.supervisor import Supervisor

root = Path(sys.argv[1])
sleeper = (sys.executable, "-c", "import os, time; os.fork(); time.sleep(600)")
crasher = (sys.executable, "-c", "raise SystemExit(3)")
heartbeats.READ_EVERY_SECONDS = 0.2
heartbeats.PATIENCE_AT_START_SECONDS = 1.0
commands = {"sleeper": sleeper, "crasher": crasher, "staller": sleeper}
Supervisor(
    [Component(name=name, argv=argv) for name, argv in commands.items()],
    env={}, logs=root, journal=Journal(root), tend_database=(root / "database").touch,
    read_heartbeats=lambda: {"staller": datetime(2026, 1, 1, tzinfo=UTC)},
).run()
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        cwd=tmp_path,
    )
    yield process
    process.terminate()
    process.wait(240)


def _eventually(condition: Callable[[], T], seconds: float = 240) -> T:
    """What it gives, once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


def _entry(journal: Journal, name: str) -> Entry | None:
    return journal.components().get(name)


def test_what_is_killed_is_started_again_without_its_orphans(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    journal = Journal(tmp_path)
    _eventually(lambda: (e := _entry(journal, "sleeper")) and len(e.family.members()) == 2)
    first = journal.components()["sleeper"].family
    os.kill(first.leader, signal.SIGKILL)
    _eventually(lambda: (e := _entry(journal, "sleeper")) and e.restarts == 1)
    second = journal.components()["sleeper"].family
    assert second.leader != first.leader
    assert first.members() == []
    _eventually(lambda: len(second.members()) == 2)


def test_what_lives_and_has_no_heartbeat_is_started_again_without_its_orphans(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    journal = Journal(tmp_path)
    first = _eventually(lambda: _entry(journal, "staller"))
    assert first is not None
    _eventually(lambda: (e := _entry(journal, "staller")) and e.restarts > first.restarts)
    assert first.family.members() == []
    assert journal.components()["sleeper"].restarts == 0


def test_what_keeps_crashing_is_tried_again_and_takes_nobody_down(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    journal = Journal(tmp_path)
    _eventually(lambda: (e := _entry(journal, "crasher")) and e.restarts >= 2)
    assert journal.components()["sleeper"].restarts == 0
    assert supervisor.poll() is None


def test_the_database_is_looked_after(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    database = tmp_path / "database"
    _eventually(database.exists)
    database.unlink()
    _eventually(database.exists)


def test_sigterm_stops_everything(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    _eventually(lambda: (e := _entry(journal, "sleeper")) and len(e.family.members()) == 2)
    family = journal.components()["sleeper"].family
    supervisor.terminate()
    assert supervisor.wait(240) == 0
    assert family.members() == []
    assert journal.components() == {}


def test_the_pause_doubles_up_to_its_limit() -> None:
    assert [pause_before_restart(n) for n in (1, 2, 3, 4, 5, 6, 60)] == [1, 2, 4, 8, 16, 30, 30]
