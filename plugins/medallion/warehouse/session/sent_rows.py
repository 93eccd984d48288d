"""The rows that a COPY sends, each taken from libpq itself.

psycopg prepares to wait before each row: that takes twice as long as the server needs to write one,
and a table of millions of rows is read for the sake of another server, not of Python.
"""

from __future__ import annotations

import select
from collections.abc import Generator
from itertools import islice

import psycopg
from psycopg import errors, pq, sql

AT_ONCE = 512
"""Rows of one block."""


def read_blocks(connection: psycopg.Connection, copy: sql.Composed) -> Generator[bytes, None, None]:
    """What COPY … TO STDOUT sends, some hundred rows at a time. Where not all of it is wanted the
    server is asked to stop, which breaks the transaction; if it does not, the connection is closed.

    Raises:
        psycopg.Error: the server refuses it, or ends it.
    """
    rows = _rows(connection, copy)
    try:
        while block := b"".join(islice(rows, AT_ONCE)):
            yield block
    finally:
        rows.close()
        if connection.info.transaction_status == pq.TransactionStatus.ACTIVE:
            connection.close()


def _rows(connection: psycopg.Connection, copy: sql.Composed) -> Generator[memoryview, None, None]:
    pgconn = connection.pgconn
    arrived = select.poll()
    arrived.register(pgconn.socket, select.POLLIN)
    with connection.cursor().copy(copy):
        while (found := pgconn.get_copy_data(1))[0] >= 0:
            if found[0]:
                yield found[1]
            else:
                arrived.poll()
                pgconn.consume_input()
        for result in list(iter(pgconn.get_result, None)):  # else the connection stays busy
            if result.status != pq.ExecStatus.COMMAND_OK:
                raise errors.error_from_result(result, encoding=connection.info.encoding)
