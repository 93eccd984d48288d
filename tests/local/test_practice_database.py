"""The practice database: made once for a digest, and read by a role that can do nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.practice_database import PREFIX, PracticeDatabase, practice_database


def fill(url: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("CREATE SCHEMA silver_shop")
        owner.execute("CREATE TABLE silver_shop.orders AS SELECT 1 AS order_id")
        owner.execute("CREATE SCHEMA quarantine_silver_shop")
        owner.execute("CREATE TABLE quarantine_silver_shop.orders AS SELECT 'secret' AS record")


@pytest.fixture
def paths(tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Iterator[LocalPaths]:
    (tmp_path / "postgres").symlink_to(embedded_postgres.root)
    yield LocalPaths(project_root=tmp_path, state_root=tmp_path, dags_folder=tmp_path)


@pytest.fixture
def practice(paths: LocalPaths) -> PracticeDatabase:
    return practice_database(paths, "0a1b2c3d4e5f6a7b", fill)


def test_it_is_filled_once(paths: LocalPaths, practice: PracticeDatabase) -> None:
    def refuse(url: str) -> None:
        raise AssertionError("it is there already")

    again = practice_database(paths, "0a1b2c3d4e5f6a7b", refuse)
    assert again == practice


def test_one_that_was_not_filled_to_its_end_is_made_again(paths: LocalPaths) -> None:
    def break_down(url: str) -> None:
        fill(url)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        practice_database(paths, "ffff00001111", break_down)
    made = practice_database(paths, "ffff00001111", fill)
    with psycopg.connect(made.reader_url) as reader:
        assert reader.execute("SELECT * FROM silver_shop.orders").fetchall() == [(1,)]


def test_one_that_nobody_uses_goes_when_another_is_made(
    paths: LocalPaths, practice: PracticeDatabase, pg_url: str
) -> None:
    practice_database(paths, "abcdefabcdef", fill)
    with psycopg.connect(pg_url) as admin:
        names = admin.execute("SELECT datname FROM pg_database WHERE datname ^@ %s", [PREFIX])
        assert (f"{PREFIX}0a1b2c3d4e5f",) not in names.fetchall()


def test_new_passwords_of_the_local_state_hold(
    paths: LocalPaths, practice: PracticeDatabase
) -> None:
    for secret in paths.secrets.glob("*.secret"):
        secret.unlink()
    again = practice_database(paths, "0a1b2c3d4e5f6a7b", fill)
    assert again.reader_url != practice.reader_url
    with psycopg.connect(again.reader_url) as reader, psycopg.connect(again.owner_url):
        assert reader.execute("SELECT count(*) FROM silver_shop.orders").fetchone() == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO silver_shop.orders VALUES (2)",
        "DROP TABLE silver_shop.orders",
        "SELECT * FROM quarantine_silver_shop.orders",
        "CREATE TABLE silver_shop.mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE TEMP TABLE mine (a int)",
        "SET temp_file_limit = '10GB'",
        "COPY silver_shop.orders TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SET ROLE postgres",
    ],
)
def test_the_reader_reads_published_tables_and_nothing_else(
    practice: PracticeDatabase, statement: str
) -> None:
    """Also where it switches its transactions to writing, which a query of a learner cannot."""
    with psycopg.connect(practice.reader_url, autocommit=True) as reader:
        reader.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(statement)  # type: ignore[arg-type]


def test_the_reader_is_limited(practice: PracticeDatabase) -> None:
    with psycopg.connect(practice.reader_url) as reader:
        shown = [
            reader.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in ("statement_timeout", "temp_file_limit", "transaction_read_only")
        ]
    assert shown == [("10s",), ("256MB",), ("on",)]


def test_the_owner_is_not_a_superuser_and_sees_no_other_database(
    practice: PracticeDatabase,
) -> None:
    with psycopg.connect(practice.owner_url) as owner:
        row = owner.execute(
            "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False)
