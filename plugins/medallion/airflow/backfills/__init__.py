"""Backfills in Airflow's metadata: what is there, and what its own API would do to them."""
