"""Roles and rights on the embedded server, by its superuser and its loader."""

from __future__ import annotations

import os
from collections.abc import Mapping

from medallion.compiler.project import read_project
from medallion.local.databases import WAREHOUSE, start_databases
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.warehouse.roles.reconcile import reconcile


def ensure_local_roles(
    paths: LocalPaths, environ: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Bring them in step with the project's specs; what has changed, in lines.

    A warehouse elsewhere is left alone: its administrator runs `python -m medallion.cli roles`.
    """
    if environ.get("MEDALLION_WAREHOUSE_URL"):
        return ()
    root = paths.project_root
    loader_url = start_databases(paths, environ).warehouse_url
    admin_url = EmbeddedPostgres(paths.postgres).url(WAREHOUSE)
    return tuple(reconcile(admin_url, loader_url, read_project(root).specs))
