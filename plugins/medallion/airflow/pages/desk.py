"""What the routes read from: the accepted specs and sessions of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache

from medallion.airflow.connections import NoSuchConnection, warehouse_url
from medallion.airflow.pages.garbage import pass_over_what_lasts
from medallion.catalogue.declared import Declared, SpecShelf
from medallion.catalogue.table import Profiling
from medallion.compiler.running import plan_that_runs
from medallion.errors import SetupError
from medallion.names import (
    CATALOGUE_CONN_ID,
    WAREHOUSE_CONN_ID,
    DagId,
    TableName,
    base_domain,
)
from medallion.operations.environments.setting import read_environment
from medallion.plan.environment import in_environment
from medallion.plan.model import Plan
from medallion.roots import project_root
from medallion.warehouse.catalogue.profile import LIMIT as PROFILE_LIMIT
from medallion.warehouse.roles.catalogue_reader import (
    LIMIT,
    catalogue_session,
    catalogue_url,
    rows_session,
)
from medallion.warehouse.session.transaction import Session


@cache
def _shelf() -> SpecShelf:
    return SpecShelf(project_root(), pass_over_what_lasts, read_environment())


def read_declared() -> Declared:
    """What the specs that run declare; read again only where one has changed."""
    return _shelf().now()


def find_plan(dag_id: str) -> Plan | None:
    """The plan of a DAG in the version that runs, by the names that this Airflow has; None: none
    runs, or it is not known here."""
    parsed = DagId.parse(dag_id)
    if parsed is None:
        return None
    environment = read_environment()
    if environment is None:
        return plan_that_runs(project_root(), parsed)
    own = DagId(base_domain(parsed.domain), parsed.pipeline)
    plan = plan_that_runs(project_root(), own)
    domains = {base_domain(one.dag_id.domain) for one in read_declared().pipelines}
    return in_environment(plan, environment, domains) if plan else None


def loader_url() -> str:
    """The loader's URL, with its password: for operations that change something."""
    return warehouse_url(WAREHOUSE_CONN_ID)


@contextmanager
def reading(what: str) -> Iterator[Session]:
    """A transaction of the role that reads the registry alone; `what`: an error's first words."""
    with catalogue_session(_reader_url(), what) as session:
        yield session


@contextmanager
def reading_rows(
    what: str, tables: Sequence[TableName], limit: timedelta = LIMIT
) -> Iterator[Session]:
    """The same, for rows of some tables too: quarantine, or versions. Who may see their domain has
    been asked before: the role reads what anybody has looked at.

    Args:
        limit: of a statement.
    """
    with rows_session(loader_url(), _reader_url(), tables, what, limit) as session:
        yield session


def profiling() -> Profiling:
    """How a profile that nobody has asked for yet is worked out, and kept."""
    return Profiling(
        reads=lambda table: reading_rows(f"profiling {table}", [table], PROFILE_LIMIT),
        loader_url=loader_url(),
    )


def _reader_url() -> str:
    """The role of an administrator's own is asked for where none can be derived."""
    try:
        return catalogue_url(loader_url())
    except SetupError:
        try:
            return warehouse_url(CATALOGUE_CONN_ID)
        except NoSuchConnection:
            pass
        raise
