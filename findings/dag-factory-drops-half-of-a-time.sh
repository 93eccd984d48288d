#!/usr/bin/env bash
# dag-factory 1.1.0 (Airflow 3.3.2), times and lengths of time in a DAG's YAML.
#
# One would guess: "1 day 2 hours" is 26 hours, since "1 day" and "2 hours" are what its documentation
# shows, and "1 week" is refused as not understood; a start date with an offset is that moment; and
# `timezone` of a DAG is the zone of the dates below it.
# True: of a length the first part is read, and the rest is dropped without a word: "1 day 2 hours" is
# a day, "5 minutes 30 seconds" five minutes. A sensor that waits for a DAG by such an
# execution_delta waits for another run. Only without the blank ("1 hour30 minute") both count.
# Of a date the offset is replaced, not converted: midnight at +02:00 becomes midnight in the DAG's
# zone, in text and as YAML's own timestamp. And the zone itself is read beside the date: a start_date in
# default_args, where most examples have it, is one in UTC though the DAG says Europe/Paris, so that
# Airflow takes the DAG's zone to be UTC, and its "0 6 * * *" to be six o'clock in London's winter.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  apache-airflow-core==3.3.2 apache-airflow-providers-standard==1.21.0 dag-factory==1.1.0
cd "$work"
export AIRFLOW__LOGGING__LOGGING_LEVEL=CRITICAL AIRFLOW_HOME="$work" \
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$work/airflow.db"
export DO_NOT_TRACK=1
"$work/venv/bin/airflow" db migrate >/dev/null 2>&1
cat >dags.yaml <<'YAML'
inside:
  timezone: Europe/Paris
  schedule: "0 6 * * *"
  default_args: {start_date: 2026-01-01}
  tasks: &tasks
    - task_id: wait
      operator: airflow.providers.standard.sensors.external_task.ExternalTaskSensor
      external_dag_id: other
      execution_delta: 1 day 2 hours
above:
  timezone: Europe/Paris
  schedule: "0 6 * * *"
  start_date: 2026-01-01
  tasks: *tasks
offset:
  schedule: "0 6 * * *"
  start_date: 2026-01-01T00:00:00+02:00
  tasks: *tasks
YAML
"$work/venv/bin/python" - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
from importlib.metadata import version
from pathlib import Path

from airflow.sdk import DAG
from dagfactory import load_yaml_dags
from dagfactory.utils import get_time_delta

print("dag-factory", version("dag-factory"), "airflow", version("apache-airflow-core"))
lengths = {}
for text in ("2 hours", "1 day 2 hours", "5 minutes 30 seconds", "1 hour30 minute", "1 week"):
    try:
        lengths[text] = str(get_time_delta(text))
    except Exception as error:
        lengths[text] = type(error).__name__
    print(f"{text}: {lengths[text]}")
assert list(lengths.values()) == [
    "2:00:00", "1 day, 0:00:00", "0:05:00", "1:30:00", "DagFactoryException"
], "this has changed"

found = {}
load_yaml_dags(globals_dict=found, config_filepath=str(Path("dags.yaml").resolve()))
seen = {}
for name in ("inside", "above", "offset"):
    dag = found[name]
    assert isinstance(dag, DAG)
    start = dag.start_date or dag.default_args["start_date"]
    seen[name] = (str(dag.timezone), start.isoformat())
    print(f"{name}: zone {seen[name][0]}, starts {seen[name][1]}")
assert seen == {
    "inside": ("UTC", "2026-01-01T00:00:00+00:00"),
    "above": ("Europe/Paris", "2025-12-31T23:00:00+00:00"),
    "offset": ("UTC", "2026-01-01T00:00:00+00:00"),
}, "this has changed"
waits = found["inside"].get_task("wait").execution_delta
print("the sensor waits for the run", waits, "before")
assert str(waits) == "1 day, 0:00:00", "this has changed"
PY
