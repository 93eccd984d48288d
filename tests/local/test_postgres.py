"""The embedded PostgreSQL: started, stopped, killed, and never open without a password."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from medallion.errors import SetupError
from medallion.local.ports import HOST
from medallion.local.postgres import EmbeddedPostgres


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres")
    yield server
    server.stop()


def test_it_keeps_data_port_and_password_over_a_restart(server: EmbeddedPostgres) -> None:
    first = server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE films AS SELECT 'Amélie' AS title")
    server.stop()
    assert not server.running()
    assert server.start() == first
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT title FROM films").fetchall() == [("Amélie",)]


def test_what_was_committed_survives_kill_9_on_the_same_port(server: EmbeddedPostgres) -> None:
    before = server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE films AS SELECT generate_series(1, 10000) AS id")
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert server.start() == before
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT count(*) FROM films").fetchone() == (10000,)


def test_starting_it_twice_is_harmless_also_through_another_object(
    server: EmbeddedPostgres,
) -> None:
    info = server.start()
    pid = server.pid()
    again = EmbeddedPostgres(server.root)
    assert again.start() == info
    assert again.pid() == pid


def test_a_stale_pid_file_that_names_another_process_does_not_stop_it(
    server: EmbeddedPostgres,
) -> None:
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    assert not server.running()
    server.start()
    assert server.running()


def test_a_server_whose_port_was_taken_starts_on_another_one(server: EmbeddedPostgres) -> None:
    old = server.start().port
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, old))
        other.listen()
        assert server.start().port != old
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_nobody_gets_in_without_the_password(server: EmbeddedPostgres) -> None:
    info = server.start()
    for url in (
        info.url("postgres", password="wrong"),
        f"postgresql://postgres@{info.host}:{info.port}/postgres?passfile=/nonexistent",
    ):
        with pytest.raises(psycopg.OperationalError, match=r"password|authentication"):
            psycopg.connect(url)
    assert info.password not in repr(info)
    secret = server.root / "superuser.secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    printed = sorted(server.root.glob("*.out"))
    assert [path.name for path in printed] == ["initdb.out", "pg_ctl.out"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in printed} == {0o600}
    assert not (server.log.parent / "initdb.secret").exists()
    rules = (server.data / "pg_hba.conf").read_text().splitlines()
    assert not [rule for rule in rules if "trust" in rule and not rule.startswith("#")]


def test_the_url_quotes_what_needs_it(server: EmbeddedPostgres) -> None:
    info = server.start()
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("""CREATE ROLE "o'hara/x" LOGIN PASSWORD 'p@ss:w/rd?%'""")
    url = info.url("postgres", user="o'hara/x", password="p@ss:w/rd?%")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("o'hara/x",)


def test_a_setting_that_it_refuses_is_reported_with_the_servers_own_words(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", settings={"max_connections": "none"})
    with pytest.raises(SetupError, match='invalid value for parameter "max_connections"'):
        server.start()


def test_asking_for_the_address_of_a_server_never_started_says_how_to_start_it(
    tmp_path: Path,
) -> None:
    with pytest.raises(SetupError, match="make up"):
        EmbeddedPostgres(tmp_path / "postgres").info()
