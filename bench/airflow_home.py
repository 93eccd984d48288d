"""An Airflow of the benchmark's own to import, so that nobody's settings take part."""

from __future__ import annotations

from pathlib import Path

from bench.child import ROOT
from bench.workspace import Workspace


def parsing_environment(workspace: Workspace, project_root: Path) -> dict[str, str]:
    """Variables for a process that parses DAGs: no database is asked, nobody is figures."""
    home = workspace.fresh("airflow")
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'unused.db'}",
        "AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY": "False",
        "DO_NOT_TRACK": "1",
        "MEDALLION_PROJECT_ROOT": str(project_root),
        "OPENBLAS_NUM_THREADS": "1",
    }
