"""Each task's time limit: the nearest level that says one, else the default of its step."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

SPEC = """\
description: Sensors.
{pipeline}
datasets:
  readings:
    {table}
    source: {{type: file, path: include/data/lab/readings.csv}}
    silver: {{columns: {{id: {{type: bigint}}}}}}
gold:
  totals: {{sql: totals.sql{gold}}}
"""


def limits(root: Path, domain: str = "{}", **keys: str) -> dict[str, timedelta | None]:
    texts = {
        "specs/lab/sensors.yaml": SPEC.format(**{"pipeline": "", "table": "", "gold": "", **keys}),
        "specs/lab/domain.yaml": domain,
        "include/sql/lab/totals.sql": "select id from silver_lab.readings",
        "include/data/lab/readings.csv": "id\n1\n",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    loaded = load_all(root, sql_reader(root))
    assert not loaded.issues, loaded.issues
    (spec,) = loaded.specs
    return {task.task_id: task.execution_timeout for task in make_plan(spec).tasks}


def test_every_step_has_a_default(tmp_path: Path) -> None:
    hours = {task: limit / timedelta(hours=1) for task, limit in limits(tmp_path).items() if limit}
    assert hours == {
        "readings.land": 12, "readings.gate_bronze": 2, "readings.clean": 6,
        "readings.gate_silver": 2, "readings.publish": 2,
        "totals.build": 3, "totals.gate": 2, "totals.publish": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ({"domain": "execution_timeout: 1h"}, (60, 60)),
        ({"domain": "execution_timeout: 1h", "pipeline": "execution_timeout: 50m"}, (50, 50)),
        ({"pipeline": "execution_timeout: 50m", "table": "execution_timeout: 5m"}, (5, 50)),
        ({"pipeline": "execution_timeout: 50m", "gold": ", execution_timeout: 20m"}, (50, 20)),
    ],
)
def test_the_nearest_level_wins(
    said: dict[str, str], minutes: tuple[int, int], tmp_path: Path
) -> None:
    found = limits(tmp_path, **said)
    for task, limit in found.items():
        expected = minutes[task.startswith("totals")]
        assert limit == timedelta(minutes=expected), task
