"""Plan → Airflow: the only folder that imports Airflow's DAG objects."""
