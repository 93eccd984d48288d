#!/usr/bin/env bash
# Airflow 3.3.2: what the page of a DAG's graph reads from the metadata database.
#
# One would guess: the serialized DAG, once. A DAG whose tasks publish assets differs by some rows.
# True: the route joins the serialized DAG to the assets that it publishes, and so gets the whole
# document in each row. A DAG of 100 tasks that publish an asset each is read 100 times: what crosses
# from the database grows with the square of the tasks. With 400 tables (0.5 MB of JSON) on PostgreSQL
# the API server took a gigabyte and 6 s of a processor for one look at the graph. With
# [core] compress_serialized_dags the document in each row is a thirtieth.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check apache-airflow-core==3.3.2
export AIRFLOW_HOME="$work" AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$work/airflow.db"
export AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__LOGGING__LOGGING_LEVEL=ERROR
"$work/venv/bin/python" -m airflow db migrate > "$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
"$work/venv/bin/python" - <<'PY' 2>/dev/null
import importlib.metadata
import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

from airflow.api_fastapi.core_api.routes.ui.structure import structure_data
from airflow.dag_processing.collection import update_dag_parsing_results_in_db
from airflow.models.dagbundle import DagBundleModel
from airflow.sdk import DAG, Asset, BaseOperator
from airflow.serialization.serialized_objects import LazyDeserializedDAG
from airflow.utils.session import create_session
from sqlalchemy import event

print("apache-airflow-core", importlib.metadata.version("apache-airflow-core"))
TASKS = 100
FILE = Path(os.environ["AIRFLOW_HOME"], "a.py")
FILE.write_text("# Airflow keeps the text beside the DAG.\n")


class Nothing(BaseOperator):
    def execute(self, context):
        return None


def make(name, assets):
    """A DAG of so many tasks, each of which publishes an asset, or none of which does."""
    with DAG(dag_id=name, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)) as dag:
        for number in range(TASKS):
            outlets = [Asset(name=f"{name}_{number}", uri=f"x://{name}/{number}")] if assets else []
            Nothing(task_id=f"task_{number}", outlets=outlets)
    dag.fileloc, dag.relative_fileloc = str(FILE), FILE.name
    return LazyDeserializedDAG.from_dag(dag)


def look(name):
    """What the page of its graph reads: rows with the document, and their letters in all."""
    seen = []

    def note(connection, cursor, statement, parameters, context, many):
        if "serialized_dag.data" in statement and "task_outlet_asset_reference" in statement:
            seen.append((statement, parameters))

    with create_session(scoped=False) as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        structure_data(session, name, SimpleNamespace(value={name}))
        event.remove(engine, "before_cursor_execute", note)
        ((statement, parameters),) = seen
        rows = session.connection().exec_driver_sql(statement, parameters).fetchall()
    documents = [max((str(cell) for cell in row), key=len) for row in rows]
    assert all("task_99" in one for one in documents)
    return documents


with create_session(scoped=False) as session:
    session.add(DagBundleModel(name="here"))
with create_session(scoped=False) as session:
    update_dag_parsing_results_in_db(
        "here", None, [make("plain", False), make("published", True)], {}, None, set(), session
    )
found = {name: look(name) for name in ("plain", "published")}
for name, documents in found.items():
    one, total = len(documents[0]), sum(map(len, documents))
    print(f"{name}: {TASKS} tasks, a document of {one // 1000} kB, read {len(documents)} times: {total // 1000} kB")
if [len(found["plain"]), len(found["published"])] != [1, TASKS]:
    sys.exit("it is another behaviour now")
PY
