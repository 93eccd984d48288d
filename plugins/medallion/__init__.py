"""Medallion: an Airflow DAG factory driven by YAML pipeline specs."""

__version__ = "0.1.0"
