"""The rows that a COPY sends, by libpq's own calls.

psycopg prepares to wait before each row: that takes twice as long as the server needs to write one,
and a table of millions of rows is read for the sake of another server, not of Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import psycopg
from psycopg import errors, pq, sql

AT_ONCE = 512
"""Rows of one block."""


def read_blocks(connection: psycopg.Connection, copy: sql.Composed) -> Iterator[bytes]:
    """What COPY … TO STDOUT sends, some hundred rows at a time. Where not all of it is wanted the
    connection is closed: it could do nothing else.

    Args:
        connection: in the transaction that it is read in, or in none.
        copy: the statement.

    Raises:
        psycopg.Error: the server refuses it, or ends it.
    """
    rows = _rows(connection, copy)
    try:
        while block := b"".join(islice(rows, AT_ONCE)):
            yield block
    finally:
        if connection.info.transaction_status == pq.TransactionStatus.ACTIVE:
            connection.close()


def _rows(connection: psycopg.Connection, copy: sql.Composed) -> Iterator[memoryview]:
    pgconn = connection.pgconn
    _check(connection, pgconn.exec_(copy.as_bytes(connection)), pq.ExecStatus.COPY_OUT)
    while True:
        size, row = pgconn.get_copy_data(0)
        if size < 0:
            break
        yield row
    for result in list(iter(pgconn.get_result, None)):  # all of them, or the connection stays busy
        _check(connection, result, pq.ExecStatus.COMMAND_OK)


def _check(connection: psycopg.Connection, result: pq.abc.PGresult, wanted: pq.ExecStatus) -> None:
    if result.status != wanted:
        raise errors.error_from_result(result, encoding=connection.info.encoding)
