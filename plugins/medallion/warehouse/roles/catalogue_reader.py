"""The role that the catalogue's pages read as: the registry, and no table of anybody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from medallion.errors import MedallionError, SetupError, WarehouseUnavailable
from medallion.names import catalogue_reader_of
from medallion.warehouse.roles.registry_reader import RegistryReader
from medallion.warehouse.session.connection import connect, translated
from medallion.warehouse.session.relations import missing_roles
from medallion.warehouse.session.transaction import Session, session

READER = RegistryReader(
    name_of=catalogue_reader_of,
    used_by="the catalogue's pages read as",
    remedy="make a role that may read the schema medallion, and name it in the connection "
    "medallion_catalogue",
    sessions=50,
    statement_timeout="10s",
    # Who gets a message is nobody's business who looks at a table.
    columns={"notices": ("incident_id", "conn_id", "notice", "sent_at", "failed_at", "error")},
)
REMEDY = "run `python -m medallion.cli roles` as an administrator: docs/operations.md"

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
    with translated(doing), connect(url, application_name="medallion catalogue") as connection:
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
                with translated(f"making the role {role.name}"):
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
