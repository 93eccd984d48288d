"""Where the project, its local state and its lake are, as the environment of a process says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds plugins/: the project that this package is part of."""


def project_root(environ: Mapping[str, str] = os.environ) -> Path:
    """MEDALLION_PROJECT_ROOT, or PROJECT_ROOT. As given: it may be relative."""
    return Path(environ.get("MEDALLION_PROJECT_ROOT") or PROJECT_ROOT)


def state_root(project: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """MEDALLION_STATE_ROOT, or `.medallion` in the project; git ignores it."""
    return Path(environ.get("MEDALLION_STATE_ROOT") or project / ".medallion")


def docs_site(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the documentation is, once it is built: MEDALLION_DOCS_SITE, or where `make docs-build`
    puts it. It is that of this code, whichever project's specs it runs."""
    built = PROJECT_ROOT / ".medallion" / "docs" / "site"
    return Path(environ.get("MEDALLION_DOCS_SITE") or built)


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


def lake_root() -> str:
    """MEDALLION_LAKE_ROOT: a folder or an ObjectStoragePath URL. By default a folder of the state,
    the same for a task and for a command."""
    return os.environ.get("MEDALLION_LAKE_ROOT") or str(lake_of(state_root(project_root())))
