"""What the service `backup` keeps comes back: rows, roles, rights and the lake's files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from medallion.local.postgres import EmbeddedPostgres, ServerInfo, _programs
from medallion.roots import PROJECT_ROOT


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder of backups and a lake, and commands on them."""

    backups: Path
    lake: Path

    def run(self, server: ServerInfo, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, PROJECT_ROOT / "deploy/docker/bin/backup.py", *words],
            env={
                "PATH": os.environ["PATH"],
                "PGHOST": server.host,
                "PGPORT": str(server.port),
                "PGUSER": server.user,
                "POSTGRES_PASSWORD": server.password,
                "BACKUP_PROGRAMS": str(_programs()),
                "BACKUP_FOLDER": str(self.backups),
                "MEDALLION_LAKE_ROOT": str(self.lake),
                **more,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def names(self) -> list[str]:
        return sorted(path.name for path in self.backups.glob("2*Z"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "lake" / "cinema").mkdir(parents=True)
    (tmp_path / "lake" / "cinema" / "part").write_bytes(b"landed")
    return Place(backups=tmp_path / "backups", lake=tmp_path / "lake")


def _start(folder: Path) -> Iterator[ServerInfo]:
    server = EmbeddedPostgres(folder)
    info = server.start()
    for database in ("warehouse", "airflow"):
        _do(info, "postgres", f"CREATE DATABASE {database}")
    yield info
    server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerInfo]:
    yield from _start(tmp_path_factory.mktemp("backup") / "postgres")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerInfo]:
    """A server that knows nothing of the first one."""
    yield from _start(tmp_path_factory.mktemp("other") / "postgres")


def _do(server: ServerInfo, database: str, *statements: str) -> None:
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def filled(server: ServerInfo) -> ServerInfo:
    _do(
        server,
        "warehouse",
        "CREATE ROLE reader LOGIN PASSWORD 'a password'",
        "REVOKE ALL ON DATABASE warehouse FROM PUBLIC",
        "GRANT CONNECT ON DATABASE warehouse TO reader",
        "CREATE TABLE film (id int PRIMARY KEY)",
        "INSERT INTO film SELECT generate_series(1, 3)",
        "GRANT SELECT ON film TO reader",
    )
    return server


def test_a_backup_comes_back_on_another_server(
    filled: ServerInfo, other: ServerInfo, place: Place
) -> None:
    assert place.run(filled, "healthy").returncode == 1
    made = place.run(filled, "once")
    assert made.returncode == 0, made.stderr
    assert place.run(filled, "healthy").returncode == 0
    (place.lake / "cinema" / "part").unlink()
    (place.lake / "cinema" / "later").write_bytes(b"landed since")
    done = place.run(other, "restore", "latest")
    assert done.returncode == 0, done.stderr
    assert "1 files of the lake" in done.stdout
    assert (place.lake / "cinema" / "part").read_bytes() == b"landed"
    assert (place.lake / "cinema" / "later").exists()
    # As the reader, with the password of before: roles and rights are there, too.
    url = other.url("warehouse", user="reader", password="a password")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT array_agg(id) FROM film").fetchone() == ([1, 2, 3],)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM film")
    # A second time, over what is there.
    assert place.run(other, "restore", place.names()[0]).returncode == 0


def test_nothing_is_restored_under_somebody_who_is_connected(
    filled: ServerInfo, place: Place
) -> None:
    assert place.run(filled, "once").returncode == 0
    with psycopg.connect(filled.url("warehouse")):
        done = place.run(filled, "restore", "latest")
    assert done.returncode == 1
    assert "1 sessions are connected" in done.stderr


def test_what_cannot_be_restored_is_named_and_changes_nothing(
    filled: ServerInfo, place: Place
) -> None:
    done = place.run(filled, "restore", "latest")
    assert (done.returncode, "there is no backup latest" in done.stderr) == (1, True)
    assert place.run(filled, "once").returncode == 0
    (place.backups / "lake" / "cinema" / "part").unlink()
    done = place.run(filled, "restore", "latest")
    assert done.returncode == 1
    assert "cinema/part" in done.stderr
    with psycopg.connect(filled.url("warehouse")) as connection:
        assert connection.execute("SELECT count(*) FROM film").fetchone() == (3,)


def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(
    filled: ServerInfo, place: Place
) -> None:
    done = place.run(filled, "once", POSTGRES_PASSWORD="wrong")
    assert done.returncode == 1
    assert place.names() == []
    assert "wrong" not in done.stdout + done.stderr


def test_old_backups_go_with_the_files_that_only_they_name(
    filled: ServerInfo, place: Place
) -> None:
    first = place.backups / "20200101T000000Z"
    first.mkdir(parents=True)
    (first / "lake.json").write_text('{"cinema/old": 1}')
    (place.backups / "lake" / "cinema").mkdir(parents=True)
    (place.backups / "lake" / "cinema" / "old").write_bytes(b"x")
    assert place.run(filled, "once", BACKUP_KEEP="2").returncode == 0
    assert (place.backups / "lake" / "cinema" / "old").exists()
    done = place.run(filled, "once", BACKUP_KEEP="1")
    assert done.returncode == 0, done.stderr
    assert len(place.names()) == 1
    assert not (place.backups / "lake" / "cinema" / "old").exists()
    assert (place.backups / "lake" / "cinema" / "part").exists()
