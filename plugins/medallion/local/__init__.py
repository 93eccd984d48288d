"""The local stack: PostgreSQL from a wheel and Airflow's components, without containers."""
