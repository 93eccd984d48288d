"""The local stack's databases and their owners: the metadata, the warehouse, the bank's system."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg import sql

from medallion.local.credentials import keep_secret
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres, ServerInfo

METADATA = "airflow"
WAREHOUSE = "warehouse"
BANK = "bank"
LOADER_ROLE = "medallion_loader"

# Forked workers of a killed scheduler keep its session, and its locks, open: the server ends it.
METADATA_ROLE_SETTINGS = {"idle_in_transaction_session_timeout": "15s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """Connection URLs (libpq form) of the metadata, the warehouse, and the sample bank's system."""

    metadata_url: str = field(repr=False)
    warehouse_url: str = field(repr=False)
    bank_url: str = field(repr=False)


def start_databases(paths: LocalPaths, environ: Mapping[str, str] = os.environ) -> Databases:
    """Start the embedded server, and create what is missing: roles, databases, passwords.

    With `MEDALLION_WAREHOUSE_URL` the warehouse is that database, wherever it is, and is left as
    it is found; Airflow's metadata stay in the embedded server.

    Raises:
        SetupError: the embedded server does not start.
    """
    server = EmbeddedPostgres(paths.postgres)
    info = server.start()
    metadata = metadata_of(paths.environment)
    metadata_url = ensure_database(paths, info, metadata, "airflow", METADATA_ROLE_SETTINGS)
    warehouse_url = environ.get("MEDALLION_WAREHOUSE_URL") or _ensure_warehouse(paths, info)
    bank_url = ensure_database(paths, info, BANK, "bank_core", {})
    return Databases(metadata_url=metadata_url, warehouse_url=warehouse_url, bank_url=bank_url)


def metadata_of(environment: str) -> str:
    """The database of an Airflow's metadata: each environment's Airflow has its own.

    >>> metadata_of(""), metadata_of("alice")
    ('airflow', 'airflow_alice')
    """
    return f"{METADATA}_{environment}" if environment else METADATA


def _ensure_warehouse(paths: LocalPaths, server: ServerInfo) -> str:
    """The loader makes a role for each domain, and has rights on no role that it has not made."""
    url = ensure_database(paths, server, WAREHOUSE, LOADER_ROLE, {})
    with _administer(server) as admin:
        admin.execute(sql.SQL("ALTER ROLE {} CREATEROLE").format(sql.Identifier(LOADER_ROLE)))
    return url


def ensure_database(
    paths: LocalPaths, server: ServerInfo, database: str, role: str, settings: Mapping[str, str]
) -> str:
    """A database owned by a login role that is not a superuser; the URL to use it with."""
    password = keep_secret(paths.secrets / f"{role}.secret")
    name, owner = sql.Identifier(database), sql.Identifier(role)
    with _administer(server) as admin:
        if not _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(owner))
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(owner, password))
        for setting, value in settings.items():
            admin.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(owner, sql.Identifier(setting), value)
            )
        if not _exists(admin, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
            # By default everybody who can log in may connect.
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    return server.url(database, user=role, password=password)


@contextmanager
def _administer(server: ServerInfo) -> Iterator[psycopg.Connection]:
    """A session of the administrator, one at a time: PostgreSQL refuses one of two that change the
    same role at once, and two commands may be started at once."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtextextended('medallion.local.databases', 0))")
        yield admin


def _exists(connection: psycopg.Connection, query: LiteralString, value: str) -> bool:
    return connection.execute(query, [value]).fetchone() is not None
