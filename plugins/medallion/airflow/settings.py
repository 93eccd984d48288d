"""What Airflow's own configuration says."""

from __future__ import annotations

from pathlib import Path


def dags_folder() -> Path:
    """Airflow's folder of DAGs."""
    from airflow.configuration import conf

    return Path(str(conf.get("core", "dags_folder")))
