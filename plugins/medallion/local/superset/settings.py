"""What the local Superset runs with: its environment, its database, its way into the warehouse."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from medallion.local.credentials import keep_secret, write_private
from medallion.local.databases import WAREHOUSE, ensure_database
from medallion.local.paths import LocalPaths
from medallion.local.ports import HOST
from medallion.local.postgres import EmbeddedPostgres
from medallion.private_files import private_folder
from medallion.warehouse.roles.bi_login import BI_LOGIN, ensure_bi_login

PREFERRED_PORT = 8088
ADMIN = "admin"
BOT = "medallion_bot"
"""The user who brings what the specs declare: superset/bootstrap.py makes it."""
METADATA = "superset"
METADATA_SETTINGS = {"idle_in_transaction_session_timeout": "1min"}
GIVEN_WAREHOUSE = "MEDALLION_SUPERSET_WAREHOUSE_URL"
"""How Superset reads a warehouse that is not the embedded one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupersetSettings:
    """Everything that Superset's process, and whoever speaks to it, needs."""

    environment: Path
    """Its virtual environment."""
    port: int
    metadata_url: str = field(repr=False)
    warehouse_url: str = field(repr=False)
    """As Superset logs in; empty where nobody has said how (`MEDALLION_WAREHOUSE_URL`)."""

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def python(self) -> Path:
        """Its own interpreter."""
        return self.environment / "bin" / "python"


def remember_environment(paths: LocalPaths, environment: Path) -> None:
    """From now on Superset is part of the stack, installed in this virtual environment."""
    private_folder(paths.superset)
    write_private(_mark(paths), str(environment.absolute()))


def find_remembered_environment(paths: LocalPaths) -> Path | None:
    """Where Superset is installed; None: `make bi` has not set it up, or it is gone."""
    try:
        environment = Path(_mark(paths).read_text())
    except FileNotFoundError:
        return None
    return environment if (environment / "bin" / "python").exists() else None


def superset_settings(
    paths: LocalPaths, port: int, environ: Mapping[str, str] = os.environ
) -> SupersetSettings | None:
    """The settings, with its database and its roles made on the embedded server, which runs; None
    where it is not set up."""
    environment = find_remembered_environment(paths)
    if environment is None:
        return None
    info = EmbeddedPostgres(paths.postgres).info()
    return SupersetSettings(
        environment=environment,
        port=port,
        metadata_url=ensure_database(paths, info, METADATA, METADATA, METADATA_SETTINGS),
        warehouse_url=_warehouse_url(paths, environ),
    )


def superset_password(paths: LocalPaths, user: str) -> str:
    """The password of one of its two users, made on the first call."""
    return keep_secret(password_file(paths, user))


def password_file(paths: LocalPaths, user: str) -> Path:
    """Where the password of a user is kept."""
    return paths.secrets / f"superset_{user}.secret"


def _warehouse_url(paths: LocalPaths, environ: Mapping[str, str]) -> str:
    if environ.get("MEDALLION_WAREHOUSE_URL"):
        return environ.get(GIVEN_WAREHOUSE, "")
    server = EmbeddedPostgres(paths.postgres)
    password = keep_secret(paths.secrets / f"{BI_LOGIN}.secret")
    with psycopg.connect(server.url(WAREHOUSE)) as admin:
        for _ in ensure_bi_login(admin, password):
            pass
    return server.info().url(WAREHOUSE, user=BI_LOGIN, password=password)


def _mark(paths: LocalPaths) -> Path:
    return paths.superset / "environment"
