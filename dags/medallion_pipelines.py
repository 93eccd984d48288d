"""One Airflow DAG for each spec of specs/; only the one that is asked for when a task starts."""

from medallion.airflow.loader import load_dags

globals().update(load_dags())
