"""Where the local stack keeps what it makes: everything below one git-ignored folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from medallion import roots
from medallion.operations.environments.setting import read_environment


def environments_below(state_root: Path) -> Path:
    """Where environments' stacks keep what is theirs: a folder each."""
    return state_root / "environments"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPaths:
    """The project and the folder of its local state; every other place follows from the two."""

    project_root: Path
    state_root: Path
    dags_folder: Path
    environment: str = ""
    """Whose Airflow it is; empty: production's."""

    @classmethod
    def of(
        cls, environ: Mapping[str, str] = os.environ, *, project_root: Path | None = None
    ) -> LocalPaths:
        """The project's own places: by default of the one that `MEDALLION_PROJECT_ROOT` names, or
        that this package is part of.

        `MEDALLION_STATE_ROOT` and `MEDALLION_DAGS_FOLDER` move the state and the DAGs elsewhere,
        so that two stacks (or a test's) can live beside each other. That of an environment
        (`MEDALLION_ENV`) has an Airflow of its own beside production's, on the same database server
        and lake.

        Raises:
            SetupError: MEDALLION_ENV names no environment.
        """
        if project_root is None:
            project_root = roots.project_root(environ)
        environment = read_environment(environ)
        return cls(
            project_root=project_root,
            state_root=roots.state_root(project_root, environ),
            dags_folder=Path(environ.get("MEDALLION_DAGS_FOLDER", project_root / "dags")),
            environment=environment.name if environment else "",
        )

    @property
    def _own(self) -> Path:
        """What the stack of an environment does not share with production's."""
        if not self.environment:
            return self.state_root
        return environments_below(self.state_root) / self.environment

    @property
    def postgres(self) -> Path:
        """Data, log and password of the embedded PostgreSQL."""
        return self.state_root / "postgres"

    @property
    def airflow_home(self) -> Path:
        """Airflow's own folder: its configuration and the logs of the tasks."""
        return self._own / "airflow"

    @property
    def lake(self) -> Path:
        """The stack's own lake, below its state."""
        return roots.lake_of(self.state_root)

    @property
    def logs(self) -> Path:
        """One log file for each component."""
        return self._own / "logs"

    @property
    def superset(self) -> Path:
        """What Superset keeps on the disk: its home, its cache, and where it is installed."""
        return self.state_root / "superset"

    @property
    def run(self) -> Path:
        """What is known of the running stack: its ports and processes."""
        return self._own / "run"

    @property
    def secrets(self) -> Path:
        """Generated secrets, one file each, readable by their owner only."""
        return self.state_root / "secrets"
