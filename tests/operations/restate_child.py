"""A process that does the work of a restatement, and is killed before one of its steps."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from medallion.operations import replay_quarantine
from medallion.operations.restate import continue_restatement
from medallion.operations.surroundings import Surroundings

URL, ROOT, NUMBER, STEPS = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
left = [STEPS]
real = replay_quarantine.run_step


def run_until_killed(*asked: object) -> object:
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(*asked)  # type: ignore[arg-type]


replay_quarantine.run_step = run_until_killed  # type: ignore[assignment]
continue_restatement(
    NUMBER,
    Surroundings(
        project_root=ROOT,
        lake_root=str(ROOT / "lake"),
        warehouse_url=URL,
        connection={}.__getitem__,
        log=logging.getLogger("child"),
    ),
)
