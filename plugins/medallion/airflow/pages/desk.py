"""What the routes read from: the accepted specs and sessions of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from medallion.airflow.connections import warehouse_url
from medallion.catalogue.declared import Declared, SpecShelf
from medallion.names import WAREHOUSE_CONN_ID
from medallion.roots import project_root
from medallion.warehouse.session.reading import reading_session
from medallion.warehouse.session.transaction import Session


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
    """A transaction of the warehouse that only reads; `what` for an error's first words."""
    with reading_session(loader_url(), what) as session:
        yield session
