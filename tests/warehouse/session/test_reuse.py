"""Transactions that follow each other share a connection, where somebody said so."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from tests.steps.staged import REPLACE, Run

from medallion.errors import WarehouseRefused
from medallion.steps.publish import step as publish
from medallion.warehouse.session import reuse
from medallion.warehouse.session.reuse import reuse_connections
from medallion.warehouse.session.transaction import autocommit_session, session


def server_process(url: str) -> int:
    with session(url, "asking") as connection:
        return connection.info.backend_pid


def end(url: str, pid: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])


def test_each_has_its_own_outside_of_a_block(warehouse_db: str) -> None:
    assert server_process(warehouse_db) != server_process(warehouse_db)


def test_those_of_a_block_share_one_and_it_ends_with_the_block(warehouse_db: str) -> None:
    with reuse_connections():
        first = server_process(warehouse_db)
        with reuse_connections():
            assert server_process(warehouse_db) == first
        assert server_process(warehouse_db) == first
    assert server_process(warehouse_db) != first


def test_a_transaction_within_another_has_a_connection_of_its_own(warehouse_db: str) -> None:
    with reuse_connections(), session(warehouse_db, "asking") as outer:
        assert server_process(warehouse_db) != outer.info.backend_pid


def test_each_transaction_commits_before_the_next_begins(warehouse_db: str) -> None:
    with reuse_connections():
        with session(warehouse_db, "making a table") as connection:
            connection.execute("CREATE TABLE half (a integer)")
        with session(warehouse_db, "setting its isolation") as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with psycopg.connect(warehouse_db) as other:
                other.execute("INSERT INTO half VALUES (1)")
            assert connection.execute("SELECT count(*) FROM half").fetchone() == (1,)


def test_one_that_failed_is_rolled_back_and_not_used_again(warehouse_db: str) -> None:
    with reuse_connections():
        first = server_process(warehouse_db)
        with (
            pytest.raises(WarehouseRefused),
            session(warehouse_db, "failing") as connection,
        ):
            connection.execute("CREATE TABLE half (a integer)")
            connection.execute("SELECT * FROM nowhere")
        assert server_process(warehouse_db) != first
        with session(warehouse_db, "asking") as connection:
            assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_one_whose_server_process_ended_is_not_used_again(warehouse_db: str) -> None:
    with reuse_connections():
        first = server_process(warehouse_db)
        end(warehouse_db, first)
        assert server_process(warehouse_db) != first


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A server process that does not answer, as one whose machine is gone."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_one_whose_server_does_not_answer_is_not_waited_for(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reuse, "ANSWER_SECONDS", 0.2)
    with reuse_connections():
        first = server_process(warehouse_db)
        with stopped(first):
            assert server_process(warehouse_db) != first


class TimeIsOver(Exception):
    """As Airflow raises one from a signal."""


def test_a_signal_ends_the_wait_for_an_answer(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reuse, "ANSWER_SECONDS", 800.0)

    def end_it(*_: object) -> None:
        raise TimeIsOver

    before = signal.signal(signal.SIGALRM, end_it)
    try:
        with reuse_connections(), stopped(server_process(warehouse_db)):
            began = time.monotonic()
            with pytest.raises(TimeIsOver):
                signal.setitimer(signal.ITIMER_REAL, 0.3)
                server_process(warehouse_db)
            assert time.monotonic() - began < reuse.ANSWER_SECONDS / 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_one_that_was_set_to_something_is_not_used_again(warehouse_db: str) -> None:
    with reuse_connections():
        with autocommit_session(warehouse_db, "watching") as connection:
            watching = connection.info.backend_pid
        with session(warehouse_db, "reading") as connection:
            assert connection.info.backend_pid != watching
            connection.rollback()
            connection.read_only = True
            reading = connection.info.backend_pid
        assert server_process(warehouse_db) != reading


def test_a_publication_logs_in_once(warehouse_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    logins = []
    connect = reuse.connect
    monkeypatch.setattr(reuse, "connect", lambda url: logins.append(url) or connect(url))
    publish.run(REPLACE, run.context())
    assert len(logins) == 1
