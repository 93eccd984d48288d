"""The local stack: PostgreSQL from a wheel and Airflow's components, without containers.

Nothing of it is imported in Airflow's own processes.
"""
