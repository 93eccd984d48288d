"""What the local stack runs with: places, databases, ports and the way to TMDB."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from medallion.local.celery.settings import CelerySettings, celery_settings
from medallion.local.credentials import keep_private, keep_secret, write_private
from medallion.local.databases import Databases, start_databases
from medallion.local.paths import LocalPaths
from medallion.local.ports import HOST, free_port
from medallion.local.superset.settings import PREFERRED_PORT as PREFERRED_SUPERSET_PORT
from medallion.local.superset.settings import SupersetSettings, superset_settings
from medallion.private_files import private_folder

PREFERRED_API_PORT = 8080
ADMIN = "admin"

AIRFLOW_CFG = """\
# The local stack sets Airflow by environment variables: medallion/local/environment.py.
# What is set here as well counts only where no variable does.
# All options with their defaults: airflow config list --defaults
"""
"""Airflow writes a file of its defaults where there is none. Two processes that Airflow starts in
for the first time would write it at once, and read what the other has written so far.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """TCP ports on the loopback interface, remembered between starts."""

    api: int
    replay: int
    rates: int
    superset: int = 0
    """0: chosen by a version that had none."""
    broker: int = 0
    """Of Celery's; 0: the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """Everything that `airflow_environment` needs."""

    paths: LocalPaths
    databases: Databases
    ports: Ports
    uses_replay: bool
    """No TMDB token was given: the bundled replay server replaces TMDB."""
    superset: SupersetSettings | None = None
    """None: `make bi` has not set it up."""
    celery: CelerySettings | None = None
    """None: it runs under LocalExecutor."""

    @property
    def api_url(self) -> str:
        """Where Airflow's UI and API answer."""
        return f"http://{HOST}:{self.ports.api}"

    @property
    def replay_url(self) -> str:
        """Where the replay of TMDB's API answers, when it is used."""
        return f"http://{HOST}:{self.ports.replay}"


def prepare(paths: LocalPaths, environ: Mapping[str, str] = os.environ) -> StackSettings:
    """Start the databases and settle ports and passwords; Airflow is not started by this.

    Call it as often as you like: a running stack keeps its ports.

    Raises:
        SetupError: the embedded PostgreSQL does not start.
    """
    close_to_others(paths)
    keep_private(paths.airflow_home / "airflow.cfg", lambda: AIRFLOW_CFG)
    databases = start_databases(paths, environ)
    write_private(
        paths.secrets / "airflow_passwords.json", json.dumps({ADMIN: admin_password(paths)})
    )
    ports = _read_remembered_ports(paths)
    return StackSettings(
        paths=paths,
        databases=databases,
        ports=ports,
        uses_replay=not has_tmdb_token(environ),
        # An environment brings nothing to Superset.
        superset=None if paths.environment else superset_settings(paths, ports.superset, environ),
        celery=celery_settings(paths, ports.broker),
    )


def close_to_others(paths: LocalPaths) -> None:
    """Make the stack's folders, and take from everybody else what an earlier version left open.

    The state folder itself may be walked through (not listed): PostgreSQL may run as another user.
    """
    private_folder(paths.state_root)
    mode = stat.S_IMODE(paths.state_root.stat().st_mode)
    paths.state_root.chmod(mode & (0o700 | stat.S_IXGRP | stat.S_IXOTH))
    for folder in (paths.lake, paths.airflow_home, paths.logs, paths.run, paths.secrets):
        private_folder(folder).chmod(0o700)


def has_tmdb_token(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the real TMDB is meant: the environment has a token, or a whole connection."""
    return bool(environ.get("TMDB_TOKEN") or environ.get("AIRFLOW_CONN_TMDB_DEFAULT"))


def admin_password(paths: LocalPaths) -> str:
    """The password of the user `admin` of the local Airflow."""
    return keep_secret(paths.secrets / "admin.secret")


def choose_ports(paths: LocalPaths) -> Ports:
    """Ports for a stack about to start: the last ones where they are still free."""
    last = _read_ports(paths)
    ports = Ports(
        api=free_port(last.api if last else PREFERRED_API_PORT),
        replay=free_port(last.replay if last else None),
        rates=free_port(last.rates if last else None),
        superset=free_port((last.superset if last else 0) or PREFERRED_SUPERSET_PORT),
        broker=free_port((last.broker if last else 0) or None),
    )
    private_folder(paths.run)
    write_private(paths.run / "ports.json", json.dumps(asdict(ports)))
    return ports


def _read_remembered_ports(paths: LocalPaths) -> Ports:
    return _read_ports(paths) or choose_ports(paths)


def _read_ports(paths: LocalPaths) -> Ports | None:
    try:
        return Ports(**json.loads((paths.run / "ports.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None  # never started, or written by another version: chosen again
