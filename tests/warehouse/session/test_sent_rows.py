"""What COPY sends is what psycopg reads of it."""

from __future__ import annotations

import os
import signal
import threading
import time

import psycopg
import pytest
from psycopg import pq, sql

from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.sent_rows import AT_ONCE, read_blocks

READ = "COPY (SELECT i, repeat('x', i % 40) FROM generate_series(1, {}) AS i) TO STDOUT"


def read(rows: int) -> sql.Composed:
    return sql.SQL(READ).format(sql.Literal(rows))


@pytest.mark.parametrize("rows", [0, 1, AT_ONCE, 3 * AT_ONCE + 1])
def test_blocks_are_the_rows_in_their_order(module_warehouse_db: str, rows: int) -> None:
    with connect(module_warehouse_db) as connection:
        with connection.cursor().copy(read(rows)) as copy:
            expected = b"".join(copy)
        blocks = list(read_blocks(connection, read(rows)))
        assert b"".join(blocks) == expected
        assert len(blocks) == -(-rows // AT_ONCE)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_error_is_psycopg_s_own(module_warehouse_db: str) -> None:
    with connect(module_warehouse_db) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            list(read_blocks(connection, sql.SQL("COPY nowhere TO STDOUT").format()))
        connection.rollback()
        late = sql.SQL("COPY (SELECT 1 / (9999 - i) FROM generate_series(1, 9999) AS i) TO STDOUT")
        with pytest.raises(psycopg.errors.DivisionByZero):
            list(read_blocks(connection, late.format()))
        connection.rollback()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_copy_of_which_not_all_was_read_is_ended(module_warehouse_db: str) -> None:
    with connect(module_warehouse_db) as connection:
        blocks = read_blocks(connection, read(10_000_000))
        next(blocks)
        blocks.close()
        connection.rollback()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_slow_query_can_be_interrupted(module_warehouse_db: str) -> None:
    """Ctrl-C while no row has come yet."""
    slow = sql.SQL("COPY (SELECT pg_sleep(800)) TO STDOUT").format()
    began = time.monotonic()
    with connect(module_warehouse_db) as connection:
        interrupt = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT])
        with pytest.raises(KeyboardInterrupt):
            interrupt.start()
            list(read_blocks(connection, slow))
        interrupt.join()
        assert connection.info.transaction_status != pq.TransactionStatus.ACTIVE
    assert time.monotonic() - began < 400
