"""Two of everything on one database: each is killed during a backfill, and nothing needs a hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.executors.drill import drill, running
from tests.executors.till import RECEIPTS

from medallion.roots import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

CELERY = Path(os.environ.get("MEDALLION_CELERY_VENV", PROJECT_ROOT / ".medallion/celery/venv"))
DAYS = 60


def test_each_of_a_pair_is_killed_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with running(tmp_path, CELERY, DAYS, copies=2) as settings:
        outcome = drill(settings, DAYS, copies=2)
    print(outcome)  # noqa: T201  # docs/reliability.md has its figures
    assert len(outcome.kills) == 8
    assert outcome.runs == {"success": DAYS}
    assert (outcome.rows, outcome.distinct) == (DAYS * RECEIPTS, DAYS * RECEIPTS)
    assert outcome.takings == DAYS * RECEIPTS
