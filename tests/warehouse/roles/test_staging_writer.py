"""The role of a cluster's workers: it adds rows to one run's tables, while it is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from psycopg import errors

from medallion.errors import SetupError, WarehouseUnavailable
from medallion.names import Layer, PublishedTable, staging_writer_of
from medallion.warehouse.roles.staging_writer import WriterRights, end_writer, start_writer
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.transaction import session

FILMS = PublishedTable(layer=Layer.SILVER, domain="cinema", name="films")
STAGING, PARTS = FILMS.staging("ab12"), FILMS.part_list("ab12")
RIGHTS = WriterRights(
    staging=STAGING,
    adds_to=(STAGING, PARTS),
    reads=(PARTS,),
    sessions=2,
    valid=timedelta(hours=1),
)


@pytest.fixture
def url(warehouse_db: str) -> Iterator[str]:
    """A warehouse with a run's tables, and one that the role has nothing to do with."""
    with session(warehouse_db, "preparing") as connection:
        ensure_schemas(connection, FILMS)
        for table in ("films__ab12", "films__ab12__parts", "films__other"):
            connection.execute(
                psycopg.sql.SQL("CREATE TABLE staging_silver_cinema.{} (id int)").format(
                    psycopg.sql.Identifier(table)
                )
            )
    yield warehouse_db
    end_writer(warehouse_db, STAGING)


def test_it_adds_rows_to_its_tables_and_can_do_nothing_else(url: str) -> None:
    writer = start_writer(url, RIGHTS)
    with connect(writer) as connection:
        connection.execute("INSERT INTO staging_silver_cinema.films__ab12 VALUES (1)")
        connection.execute("SELECT * FROM staging_silver_cinema.films__ab12__parts")
    for refused in (
        "SELECT * FROM staging_silver_cinema.films__ab12",
        "DELETE FROM staging_silver_cinema.films__ab12",
        "INSERT INTO staging_silver_cinema.films__other VALUES (1)",
        "CREATE TABLE staging_silver_cinema.mine (id int)",
        "SELECT * FROM medallion.loads",
        "SET ROLE pg_read_all_data",
    ):
        with connect(writer) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(refused.encode())


def test_its_sessions_are_bounded(url: str) -> None:
    writer = start_writer(url, RIGHTS)
    with connect(writer), connect(writer), pytest.raises(WarehouseUnavailable, match="too many"):
        connect(writer)


def test_it_goes_with_its_sessions_and_nothing_of_theirs_is_committed(url: str) -> None:
    writer = start_writer(url, RIGHTS)
    late = connect(writer)
    late.execute("INSERT INTO staging_silver_cinema.films__ab12 VALUES (1)")
    end_writer(url, STAGING)
    with pytest.raises(psycopg.OperationalError):
        late.execute("SELECT 1")
    with pytest.raises(WarehouseUnavailable, match="authentication failed"):
        connect(writer)
    end_writer(url, STAGING)  # there is none: nothing to do
    again = start_writer(url, RIGHTS)
    assert again != writer
    with connect(again) as connection:
        connection.execute("INSERT INTO staging_silver_cinema.films__ab12 VALUES (2)")
    with connect(url) as loader:
        rows = loader.execute("SELECT id FROM staging_silver_cinema.films__ab12").fetchall()
    assert rows == [(2,)]


def test_one_of_a_run_that_was_killed_goes_once_it_has_expired(url: str) -> None:
    other = WriterRights(
        staging=FILMS.staging("cd34"),
        adds_to=(STAGING,),
        reads=(),
        sessions=1,
        valid=timedelta(hours=-1),
    )
    start_writer(url, other)
    start_writer(url, RIGHTS)
    with connect(url) as loader:
        name = loader.info.dbname
        roles = loader.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)",
            [[staging_writer_of(one, name) for one in (STAGING, other.staging)]],
        ).fetchall()
    assert roles == [(staging_writer_of(STAGING, name),)]


def test_a_loader_that_may_not_create_roles_says_so(url: str, pg_url: str) -> None:
    with psycopg.connect(pg_url, autocommit=True) as admin, connect(url) as loader:
        admin.execute(
            psycopg.sql.SQL("ALTER ROLE {} NOCREATEROLE").format(
                psycopg.sql.Identifier(loader.info.user)
            )
        )
    with pytest.raises(SetupError, match="allow the loader to create roles"):
        start_writer(url, RIGHTS)
