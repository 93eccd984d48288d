"""Where a command that runs steps finds the project, the lake and the warehouse."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from medallion.cli.arguments import uses_local_stack, warehouse_url
from medallion.local.environment import airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.settings import StackSettings, prepare
from medallion.operations.surroundings import Surroundings
from medallion.roots import LAKE, lake_root, project_root
from medallion.sources.base.source import ConnectionDetails


def surroundings() -> Surroundings:
    """The surroundings from the environment variables. What steps log goes to standard error."""
    log = logging.getLogger("medallion")
    if not log.handlers:
        log.addHandler(logging.StreamHandler(sys.stderr))
        log.setLevel(logging.INFO)
        log.propagate = False  # Airflow, once it is imported, would print each line again
    return Surroundings(
        project_root=project_root(),
        lake_root=lake_root(),
        warehouse_url=warehouse_url(),
        connection=airflow_connection,
        log=log,
        database=_database,
        domain_warehouse=_domain_warehouse,
    )


def enter_stack(settings: StackSettings) -> None:
    """Have this process talk like the local Airflow. A lake that somebody has named stays: that of
    production, for a CI."""
    given = {LAKE: os.environ[LAKE]} if os.environ.get(LAKE) else {}
    os.environ.update(airflow_environment(settings) | given)


def quiet_surroundings() -> Surroundings:
    """The same, for a command that shows what steps do in its own words: they log warnings only."""
    where = surroundings()
    where.log.setLevel(logging.WARNING)
    return where


def stack_surroundings() -> Surroundings:
    """The same, with the connections of the local stack where its warehouse is meant: the keys of
    hashes are among them."""
    if uses_local_stack():
        enter_stack(prepare(LocalPaths.of()))
    return quiet_surroundings()


def airflow_connection(conn_id: str) -> ConnectionDetails:
    """Airflow is imported when one is asked for."""
    from medallion.airflow.connections import connection_details

    return connection_details(conn_id)


def _domain_warehouse(domain: str) -> str | None:
    from medallion.airflow.connections import domain_warehouse_url

    return domain_warehouse_url(domain)


def _database(conn_id: str) -> Any:
    from medallion.airflow.connections import open_database

    return open_database(conn_id)
