"""Where the project, its lake and its warehouse are, as the environment and Airflow say."""

from __future__ import annotations

import os
from pathlib import Path

from medallion.names import WAREHOUSE_CONN_ID

__all__ = ["WAREHOUSE_CONN_ID", "lake_root", "project_root"]


def project_root() -> Path:
    """MEDALLION_PROJECT_ROOT, or the folder that holds plugins/."""
    said = os.environ.get("MEDALLION_PROJECT_ROOT")
    return Path(said) if said else Path(__file__).resolve().parents[3]


def dags_folder() -> Path:
    """Airflow's folder of DAGs."""
    from airflow.configuration import conf

    return Path(str(conf.get("core", "dags_folder")))


def lake_root() -> str:
    """MEDALLION_LAKE_ROOT: a folder or an ObjectStoragePath URL; `.medallion/lake` by default."""
    return os.environ.get("MEDALLION_LAKE_ROOT") or str(project_root() / ".medallion" / "lake")
