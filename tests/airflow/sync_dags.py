"""In a process of its own: DAGs of a project's specs into Airflow's metadata, as the DAG processor
does it. Prints the number of DAGs.
"""

from __future__ import annotations

import sys
from pathlib import Path

from airflow.dag_processing.collection import update_dag_parsing_results_in_db
from airflow.models.dagbundle import DagBundleModel
from airflow.serialization.serialized_objects import LazyDeserializedDAG
from airflow.utils.session import create_session

from medallion.airflow.factory import build_dags
from medallion.compiler.runnable import Project, Runnable
from medallion.plan.make import make_plan
from medallion.plan.model import BuildStep
from medallion.spec.load.specs import SpecError, load_spec
from medallion.spec.sql.reader import sql_reader

root = Path(sys.argv[1])
plans, seen = [], set()
for path in sorted((root / "specs").glob("*/v*.yaml")):
    try:
        plan = make_plan(load_spec(path, root, sql_reader(root)))
    except SpecError:
        continue
    # What Airflow keeps of it: steps stay in the worker's memory.
    kept = (plan.settings, plan.description, plan.doc, tuple(t.task_id for t in plan.tasks))
    sql = tuple(t.step.sql for t in plan.tasks if isinstance(t.step, BuildStep))
    if (kept, sql) not in seen:
        seen.add((kept, sql))
        plans.append(plan)
project = Project(
    runnable=tuple(Runnable(plan=plan) for plan in plans), issues=(), silver_tables=()
)
dags, refused = build_dags(project, root)
if refused:
    raise SystemExit("\n".join(issue.one_line() for issue in refused))
for dag in dags.values():
    dag.fileloc, dag.relative_fileloc = "x.py", "x.py"
errors: dict[tuple[str, str], str] = {}
with create_session() as session:
    session.add(DagBundleModel(name="shop"))
    session.flush()
    lazy = [LazyDeserializedDAG.from_dag(dag) for dag in dags.values()]
    update_dag_parsing_results_in_db("shop", None, lazy, errors, 1.0, set(), session)
if errors:
    raise SystemExit("\n".join(errors.values()))
sys.stdout.write(f"{len(dags)}\n")
