"""Syncs that runs ask Airbyte for, by Airflow's provider, before they read its tables."""
