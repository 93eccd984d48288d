"""What the routes read from: the accepted specs and sessions of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from medallion.airflow.connections import NoSuchConnection, warehouse_url
from medallion.catalogue.declared import Declared, SpecShelf
from medallion.errors import SetupError
from medallion.names import WAREHOUSE_CONN_ID
from medallion.roots import project_root
from medallion.warehouse.roles.catalogue_reader import catalogue_session, catalogue_url
from medallion.warehouse.session.reading import reading_session
from medallion.warehouse.session.transaction import Session

CATALOGUE_CONN_ID = "medallion_catalogue"
"""An Airflow connection to the warehouse as a role of an administrator's own; it need not be."""


@cache
def _shelf() -> SpecShelf:
    return SpecShelf(project_root())


def declared() -> Declared:
    """What the specs that run declare; read again only where one has changed."""
    return _shelf().now()


def loader_url() -> str:
    """The loader's URL, with its password: for operations that change something."""
    return warehouse_url(WAREHOUSE_CONN_ID)


@contextmanager
def reading(what: str) -> Iterator[Session]:
    """A transaction of the role that reads the registry alone; `what`: an error's first words."""
    with catalogue_session(_reader_url(), what) as session:
        yield session


@contextmanager
def reading_rows(what: str) -> Iterator[Session]:
    """A transaction of the loader that only reads, for the rows that no other role may read: those
    in quarantine, and those of versions that are compared."""
    with reading_session(loader_url(), what) as session:
        yield session


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
