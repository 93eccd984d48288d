"""Metrics of Medallion in Airflow's API server: who may scrape, and what Airflow itself says."""
