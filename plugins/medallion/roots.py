"""Where the project, its local state and its lake are, as the environment of a process says."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from configparser import ConfigParser, Error
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""The folder of this package."""

IS_INSTALLED = PACKAGE.parent.name != "plugins"
"""Whether the package comes from a wheel: in the repository, and in an image of it, it is below
plugins/."""

PROJECT_ROOT = PACKAGE / "shipped" if IS_INSTALLED else PACKAGE.parents[1]
"""The folder that holds what ships with this code: docs/, course/, the sample domains. In the
repository it is the project as well."""

PROJECT = "MEDALLION_PROJECT_ROOT"
PLANS_ROOT = "MEDALLION_PLANS_ROOT"
"""The folder of kept plans, where it is not the project's own cache."""
_SPECS = "specs"


def project_root(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder with specs/ and include/: MEDALLION_PROJECT_ROOT, or the repository that this
    package is part of. As given: it may be relative.

    Of an installed package it is Airflow's folder of DAGs or the one above, whichever has specs/.
    """
    if named := environ.get(PROJECT):
        return Path(named)
    if not IS_INSTALLED:
        return PROJECT_ROOT
    dags = airflow_dags_folder(environ)
    return find_project(dags) or dags


def find_project(folder: Path) -> Path | None:
    """The folder itself or the one above, whichever has specs/; None: neither."""
    return next((one for one in (folder, folder.parent) if (one / _SPECS).is_dir()), None)


def name_project(folder: Path, environ: MutableMapping[str, str] = os.environ) -> None:
    """Make the project at a folder that of this process and of those that it starts, where an
    installed package has not got one by name: a DAG bundle is anywhere.

    Args:
        folder: of the DAG file that asks, or where a command is run.
        environ: of the process.
    """
    if IS_INSTALLED and not environ.get(PROJECT) and (found := find_project(folder.resolve())):
        environ[PROJECT] = str(found)


def airflow_home(environ: Mapping[str, str] = os.environ) -> Path:
    """AIRFLOW_HOME, or where Airflow is without it."""
    return Path(environ.get("AIRFLOW_HOME") or "~/airflow").expanduser()


def airflow_config(environ: Mapping[str, str] = os.environ) -> Path:
    """Airflow's file of settings; there may be none."""
    return Path(environ.get("AIRFLOW_CONFIG") or airflow_home(environ) / "airflow.cfg")


def airflow_setting(section: str, key: str, environ: Mapping[str, str] = os.environ) -> str:
    """A setting of Airflow's, from its variable or its file; empty: nobody has set it. To import
    Airflow for it takes a command seconds."""
    named = environ.get(f"AIRFLOW__{section}__{key}".upper())
    return named or _read_setting(airflow_config(environ), section, key)


def airflow_dags_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Airflow's setting `[core] dags_folder`."""
    named = airflow_setting("core", "dags_folder", environ)
    return Path(os.path.expandvars(named)).expanduser() if named else airflow_home(environ) / "dags"


@cache
def _read_setting(config: Path, section: str, key: str) -> str:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(config, encoding="utf-8")
    except (Error, OSError, UnicodeDecodeError):  # Airflow itself reports it
        return ""
    return parser.get(section, key, fallback="")


def state_root(project: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """MEDALLION_STATE_ROOT, or `.medallion` in the project; git ignores it.

    Of an installed package it is `medallion` in Airflow's home: a folder of DAGs may be read-only,
    and Airflow looks for DAGs in all of it.
    """
    if named := environ.get("MEDALLION_STATE_ROOT"):
        return Path(named)
    return airflow_home(environ) / "medallion" if IS_INSTALLED else project / ".medallion"


def docs_site(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the documentation is, once it is built: MEDALLION_DOCS_SITE, or where `make docs-build`
    puts it, or what the wheel has of it. It is that of this code, whichever project's specs it
    runs."""
    if named := environ.get("MEDALLION_DOCS_SITE"):
        return Path(named)
    return PROJECT_ROOT / "site" if IS_INSTALLED else PROJECT_ROOT / ".medallion" / "docs" / "site"


SUPERSET_URL = "MEDALLION_SUPERSET_URL"
"""Superset's address, as the people reach it who open a dashboard."""


def dashboard_url(slug: str) -> str:
    """Where people open a dashboard that a spec declares; empty where nobody says at what address
    Superset is.

    Args:
        slug: `<domain>-<name>`.
    """
    superset = os.environ.get(SUPERSET_URL, "").strip().rstrip("/")
    return f"{superset}/superset/dashboard/{slug}/" if slug and superset else ""


def lake_of(state: Path) -> Path:
    """The lake of a local state: a folder of it."""
    return state / "lake"


LAKE = "MEDALLION_LAKE_ROOT"


def lake_root() -> str:
    """MEDALLION_LAKE_ROOT: a folder or an ObjectStoragePath URL. By default a folder of the state,
    the same for a task and for a command."""
    return os.environ.get(LAKE) or str(lake_of(state_root(project_root())))
