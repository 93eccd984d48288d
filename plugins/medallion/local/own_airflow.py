"""The Airflow of an environment on this machine, once it is not needed any more."""

from __future__ import annotations

import shutil
from dataclasses import replace

import psycopg
from psycopg import sql

from medallion.errors import SetupError
from medallion.local.databases import metadata_of
from medallion.local.paths import LocalPaths, environments_below
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.stack import find_unsupervised, is_up


def has_own_airflow(paths: LocalPaths, environment: str) -> bool:
    """Whether an Airflow of an environment was ever started here.

    Args:
        paths: of the project, whichever stack they name.
    """
    return (environments_below(paths.state_root) / environment).is_dir()


def hold_to_stopped(paths: LocalPaths, environment: str) -> None:
    """Refuse while the environment's Airflow runs.

    Raises:
        SetupError: it does.
    """
    own = replace(paths, environment=environment)
    if is_up(own) or find_unsupervised(own):
        raise SetupError(
            f"the Airflow of the environment {environment} runs here",
            remedy=f"stop it first: `make down ENV={environment}`",
        )


def forget_own_airflow(paths: LocalPaths, environment: str) -> None:
    """Delete the metadata of an environment's Airflow, which is stopped, and its folder: the last,
    so that who was killed half way does it again."""
    server = EmbeddedPostgres(paths.postgres).start()
    database = sql.Identifier(metadata_of(environment))
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        # What is left of its killed processes may still have a session.
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
    shutil.rmtree(environments_below(paths.state_root) / environment)
