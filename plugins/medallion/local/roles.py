"""Reader roles on the embedded server, made by its superuser: the loader may not create roles."""

from __future__ import annotations

import os
from collections.abc import Mapping

import psycopg

from medallion.local.databases import WAREHOUSE
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.plan.grants import roles_of
from medallion.plan.sql_reader import sql_reader
from medallion.spec.load import load_all
from medallion.warehouse.roles import ensure_roles


def ensure_local_roles(
    paths: LocalPaths, environ: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Create the roles that the project's specs grant to; those that were missing.

    A warehouse elsewhere is left alone: its administrator runs `python -m medallion.cli roles`.
    """
    if environ.get("MEDALLION_WAREHOUSE_URL"):
        return ()
    root = paths.project_root
    roles = roles_of(load_all(root, sql_reader(root)).specs)
    url = EmbeddedPostgres(paths.postgres).url(WAREHOUSE)
    with psycopg.connect(url, autocommit=True) as admin:
        return ensure_roles(admin, roles)
