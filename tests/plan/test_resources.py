"""What each task may use: word by word from the nearest level that says it."""

from __future__ import annotations

from pathlib import Path

from medallion.plan.make import make_plan
from medallion.plan.model import Resources
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

SPEC = """\
description: Sensors.
resources: {memory: 2Gi, clean: {cpu: 500m, queue: large}}
datasets:
  readings:
    resources: {memory: 1Gi, clean: {memory: 4Gi}}
    source: {type: file, path: include/data/lab/readings.csv}
    silver: {columns: {id: {type: bigint}}}
gold:
  totals: {sql: totals.sql, resources: {build: {cpu: 0.25}}}
"""


def plan_resources(root: Path, spec: str, domain: str) -> dict[str, Resources]:
    texts = {
        "specs/lab/sensors.yaml": spec,
        "specs/lab/domain.yaml": domain,
        "include/sql/lab/totals.sql": "select id from silver_lab.readings",
        "include/data/lab/readings.csv": "id\n1\n",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    loaded = load_all(root, sql_reader(root))
    assert not loaded.issues, loaded.issues
    (one,) = loaded.specs
    return {task.task_id: task.resources for task in make_plan(one).tasks}


def test_the_nearest_level_wins_word_by_word(tmp_path: Path) -> None:
    found = plan_resources(tmp_path, SPEC, "resources: {cpu: 2, memory: 8Gi, queue: shared}")
    of_readings = Resources(memory="1Gi", cpu="2", queue="shared")
    assert found == {
        "readings.land": of_readings,
        "readings.gate_bronze": of_readings,
        "readings.clean": Resources(memory="4Gi", cpu="500m", queue="large"),
        "readings.gate_silver": of_readings,
        "readings.publish": of_readings,
        "totals.build": Resources(memory="2Gi", cpu="0.25", queue="shared"),
        "totals.gate": Resources(memory="2Gi", cpu="2", queue="shared"),
        "totals.publish": Resources(memory="2Gi", cpu="2", queue="shared"),
    }


def test_without_a_word_a_task_has_none(tmp_path: Path) -> None:
    spec = "\n".join(line for line in SPEC.splitlines() if not line.lstrip().startswith("resour"))
    spec = spec.replace(", resources: {build: {cpu: 0.25}}", "")
    assert set(plan_resources(tmp_path, spec, "{}").values()) == {Resources()}
