"""A transaction that only reads, with a limit on time: what a page shows while somebody waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from medallion.warehouse.session.connection import with_statement_timeout
from medallion.warehouse.session.transaction import Session, session

LIMIT = timedelta(seconds=10)


@contextmanager
def reading_session(url: str, doing: str, limit: timedelta = LIMIT) -> Iterator[Session]:
    """One read-only transaction, in UTC.

    Raises:
        QueryCancelled: a statement ran out of its time.
        WarehouseUnavailable, WarehouseRefused, SetupError: by who must act.
    """
    with session(with_statement_timeout(url, limit), doing) as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        yield connection
