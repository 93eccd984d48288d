"""Shows files that are of no domain and cannot be used in Airflow's "Dag import errors"; no DAG."""

from medallion.airflow.domains import raise_for_rest

raise_for_rest(__file__)
