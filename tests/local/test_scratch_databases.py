"""Scratches of several workers at once: nobody drops what another one has just made."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import sql

from medallion.local.postgres import EmbeddedPostgres
from medallion.local.scratch_databases import hold_new_scratch
from medallion.names import WORKER_PREFIX

WORKERS, ROUNDS = 4, 2
SLOW_SECONDS = 0.3
"""Between the making of a database and the first session in it, as on a busy machine."""


def _use_scratches(server: EmbeddedPostgres) -> None:
    """As a test of a spec does: make one, log in as its owner, make a role, leave."""
    for _ in range(ROUNDS):
        name, password = f"scratch_{secrets.token_hex(6)}", secrets.token_urlsafe(12)
        with hold_new_scratch(server, name, password):
            url = server.info().url(name, user=name, password=password)
            with psycopg.connect(url, autocommit=True) as owner:
                worker = sql.Identifier(f"{WORKER_PREFIX}shop__{name}")
                owner.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(worker))
                owner.execute("CREATE TABLE made (here int)")
                owner.execute(sql.SQL("GRANT SELECT ON made TO {}").format(worker))


def test_workers_that_create_and_sweep_at_once_leave_each_other_alone(
    embedded_postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = psycopg.connect

    def connect_late(url: str, **words: Any) -> psycopg.Connection:
        time.sleep(SLOW_SECONDS if words.get("application_name") == "medallion scratch" else 0)
        return connect(url, **words)

    monkeypatch.setattr(psycopg, "connect", connect_late)
    with ThreadPoolExecutor(WORKERS) as pool:
        begun = [pool.submit(_use_scratches, embedded_postgres) for _ in range(WORKERS)]
        for one in begun:
            one.result()
    with psycopg.connect(embedded_postgres.url()) as admin:
        asked = "SELECT datname FROM pg_database WHERE datname LIKE 'scratch%'"
        assert admin.execute(asked).fetchall() == []
        roles = "SELECT rolname FROM pg_roles WHERE rolname LIKE '%scratch_%'"
        assert admin.execute(roles).fetchall() == []
