"""The role that the catalogue's pages read as: what they need of the registry, and of tables those
rows that somebody looks at, in quarantine or in versions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from medallion.errors import MedallionError, SetupError, WarehouseUnavailable
from medallion.names import TableName, catalogue_reader_of
from medallion.warehouse.roles.registry_reader import RegistryReader, let_read, may_read
from medallion.warehouse.session.connection import (
    connect,
    settings_of,
    translate_errors,
    with_statement_timeout,
)
from medallion.warehouse.session.kept import reading_session
from medallion.warehouse.session.relations import missing_roles
from medallion.warehouse.session.transaction import Session, session

READS = (
    "approvals", "bi_sync", "column_profiles", "declared_pipelines", "declared_tables",
    "deletions", "freshness_states", "gate_results", "incidents", "last_runs", "loads", "notices",
    "operator_actions", "pinned_versions", "publications", "table_figures", "table_inputs",
    "table_readers", "task_runs", "windows",
)  # fmt: skip
"""The registry's tables that the pages' statements read."""

READER = RegistryReader(
    name_of=catalogue_reader_of,
    used_by="the catalogue's pages read as",
    remedy="make a role that may read the schema medallion, and name it in the connection "
    "medallion_catalogue",
    sessions=50,
    statement_timeout="10s",
    tables=READS,
    # Who gets a message is nobody's business who looks at a table.
    columns={
        "notices": ("incident_id", "conn_id", "notice", "sent_at", "failed_at", "error"),
        "declared_pipelines": ("dag_id", "domain", "owner", "ends_at", "days_off"),
    },
)
NAME = "medallion catalogue"
"""Of its sessions, for whoever looks at the server's."""
REMEDY = "run `python -m medallion.cli roles` as an administrator: docs/operations.md"
LIMIT = timedelta(seconds=10)
"""Of a statement that reads rows."""

_READY: set[str] = set()
_LOCK = threading.Lock()


@contextmanager
def catalogue_session(url: str, doing: str) -> Iterator[Session]:
    """One transaction of a role that only reads the registry, in UTC.

    Args:
        url: as `catalogue_url` gives it, or of a role that an administrator has made.
        doing: what the block does, for an error's first words.

    Raises:
        QueryCancelled: a statement ran out of its time.
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    with reading_session(url, doing, name=NAME) as connection:
        yield connection


@contextmanager
def rows_session(
    loader_url: str,
    url: str,
    tables: Sequence[TableName],
    doing: str,
    limit: timedelta = LIMIT,
) -> Iterator[Session]:
    """The same, for the rows of some tables too, which the loader lets the role read: the first
    time that somebody looks at them, each by its name.

    Args:
        tables: one that is not there is passed over.
        limit: of a statement.

    Raises:
        QueryCancelled, WarehouseUnavailable, WarehouseRefused, SetupError: as above.
    """
    role = settings_of(url)["user"]
    limited = with_statement_timeout(url, limit)
    with translate_errors(doing), connect(limited, application_name=NAME) as connection:
        if not may_read(connection, role, tables):
            with session(loader_url, f"letting {role} read for {doing}") as loader:
                let_read(loader, role, tables)
        connection.rollback()
        connection.execute("SET TRANSACTION READ ONLY")
        yield connection


def catalogue_url(loader_url: str) -> str:
    """The warehouse as the role. The first time in a process the registry is brought up to date,
    and the role gets what it lacks.

    Raises:
        SetupError: the loader has no password, or there is no role and the loader may make none.
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    with _LOCK:
        if loader_url not in _READY:
            _prepare(loader_url)
            _READY.add(loader_url)
    return READER.role(loader_url).url


def _prepare(loader_url: str) -> None:
    role = READER.role(loader_url)
    with session(loader_url, "granting what the catalogue reads") as loader:
        if missing_roles(loader, [role.name]) or not _logs_in(role.url):
            try:
                with translate_errors(f"making the role {role.name}"):
                    list(READER.bring_in_step(loader, loader, loader_url))
            except WarehouseUnavailable:
                raise
            except MedallionError as error:
                raise SetupError(str(error).partition("\n")[0], remedy=REMEDY) from None
        else:
            READER.grant(loader, role)


def _logs_in(url: str) -> bool:
    """Whether the role is let in. A warehouse that lets nobody in now does not say so."""
    try:
        connect(url).close()
    except WarehouseUnavailable:
        raise
    except MedallionError:
        return False
    return True
