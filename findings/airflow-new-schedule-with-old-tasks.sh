#!/usr/bin/env bash
# Airflow 3.3.2: a DAG that is changed within half a minute of its first parse.
#
# One would guess: the scheduler has the DAG as it was parsed last, or as it was before.
# True: half and half. Each parse writes when the next run is due; the tasks are written only
# [core] min_serialized_dag_update_interval (30 s) after they were last. If `start_date` has moved a
# day back, the next run is the earlier day's, and each task that is kept begins a day too late for
# it: the run gets no task, and succeeds at once. Its day is done, and nothing has run. With the
# interval at 0 the run has its task.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check apache-airflow-core==3.3.2
export AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__LOGGING__LOGGING_LEVEL=ERROR
cat > "$work/ask.py" <<'PY'
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

from airflow.dag_processing.collection import update_dag_parsing_results_in_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import DagModel, DagRun
from airflow.models.dagbundle import DagBundleModel
from airflow.sdk import DAG, BaseOperator
from airflow.serialization.serialized_objects import LazyDeserializedDAG
from airflow.utils.session import create_session
from sqlalchemy import select

EARLIER, LATER = (datetime(2026, 3, day, tzinfo=timezone.utc) for day in (1, 2))
FILE = Path(os.environ["AIRFLOW_HOME"], "a.py")
FILE.write_text("# Airflow keeps the text beside the DAG.\n")


def parse(start):
    """The DAG with this start_date goes to the database, as the DAG processor brings it there."""
    with DAG(dag_id="daily", schedule="@daily", start_date=start, catchup=True) as dag:
        BaseOperator(task_id="load")
    dag.fileloc, dag.relative_fileloc = str(FILE), FILE.name
    with create_session(scoped=False) as session:
        found = LazyDeserializedDAG.from_dag(dag)
        update_dag_parsing_results_in_db("here", None, [found], {}, None, set(), session)


with create_session(scoped=False) as session:
    session.add(DagBundleModel(name="here"))
parse(LATER)
parse(EARLIER)
with create_session(scoped=False) as session:
    model = session.get(DagModel, "daily")
    due = model.next_dagrun.date()
    SchedulerJobRunner(job=Job())._create_dag_runs([model], session)
with create_session(scoped=False) as session:
    run = session.scalar(select(DagRun))
    tasks = len(run.get_task_instances(session=session))
    print(f"the next run was that of {due}, and has {tasks} task(s)")
    if not tasks:
        from airflow.models.dagbag import DBDagBag

        run.dag = DBDagBag().get_latest_version_of_dag("daily", session=session)
        run.state = "running"
        run.update_state(session=session)
        print(f"the run without tasks: {run.state.value if hasattr(run.state, 'value') else run.state}")
expected = int(os.environ["TASKS"])
if (str(due), tasks) != ("2026-03-01", expected):
    sys.exit("it is another behaviour now")
PY
"$work/venv/bin/python" -c 'import importlib.metadata as m; print("apache-airflow-core", m.version("apache-airflow-core"))'
for case in "30 0" "0 1"; do
    read -r seconds tasks <<< "$case"
    mkdir "$work/$seconds"
    export AIRFLOW_HOME="$work/$seconds" AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$work/$seconds/airflow.db"
    export AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL="$seconds" TASKS="$tasks"
    "$work/venv/bin/python" -m airflow db migrate > "$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
    echo "min_serialized_dag_update_interval = $seconds:"
    "$work/venv/bin/python" "$work/ask.py" 2> "$work/log" || { tail -5 "$work/log"; exit 1; }
done
