"""Roles and rights on the embedded server, by its superuser and its loader."""

from __future__ import annotations

import os
from collections.abc import Mapping

from medallion.compiler.project import read_project
from medallion.local.databases import WAREHOUSE, start_databases
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.access.making import ensure_journal
from medallion.operations.access.setting import read_journal_settings
from medallion.warehouse.roles.reconcile import list_workers, reconcile


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
    server = EmbeddedPostgres(paths.postgres)
    admin_url, specs = server.url(WAREHOUSE), read_project(root).specs
    changed = list(reconcile(admin_url, loader_url, specs))
    settings = read_journal_settings(str(server.log), environ)
    changed += ensure_journal(admin_url, loader_url, settings, list_workers(specs, loader_url))
    return tuple(changed)
