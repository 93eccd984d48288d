"""What runs outside a pipeline's own run: replay, rollback, maintenance, freshness, alerts, and
questions to the warehouse.

The command line, Airflow's DAGs and the pages call the same functions here. They get all they need
handed in (`surroundings`): nothing here imports Airflow, prints, or reads a secret by itself.
"""
