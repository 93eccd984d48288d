"""How an author's tools reach the local warehouse: as a role that only reads."""

from __future__ import annotations

import psycopg

from medallion.local.credentials import keep_secret
from medallion.local.databases import WAREHOUSE, start_databases
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.warehouse.roles.author_login import AUTHOR_LOGIN, ensure_author_login


def author_url(paths: LocalPaths) -> str:
    """The URL of the local warehouse for a reader of all that is published. The server is started
    if it does not run, and the role is made if it is missing.

    Raises:
        SetupError: the server does not start.
    """
    start_databases(paths, {})
    server = EmbeddedPostgres(paths.postgres)
    password = keep_secret(paths.secrets / f"{AUTHOR_LOGIN}.secret")
    with psycopg.connect(server.url(WAREHOUSE), autocommit=True) as admin:
        ensure_author_login(admin, password)
    return server.info().url(WAREHOUSE, user=AUTHOR_LOGIN, password=password)
