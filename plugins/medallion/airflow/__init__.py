"""Plan → Airflow: DAGs, their operators, what dags/ calls, and connections' secrets.

The only folder that imports Airflow's DAG objects. It has no SQL and decides nothing about data: an
operator calls a step or an operation, and says which of its errors Airflow tries again.
"""
