"""Shows the specs that are refused in Airflow's "Dag import errors", and builds no DAG."""

from medallion.airflow.loader import raise_for_invalid_specs

raise_for_invalid_specs()
