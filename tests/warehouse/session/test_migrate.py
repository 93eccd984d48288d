"""Each released registry, with rows in it, becomes the newest one and keeps its rows."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from medallion.errors import SetupError, WarehouseUnavailable
from medallion.warehouse.session import migrate as module
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.migrate import Migration, list_released, migrate, read_migrations

RELEASED = {
    4: "95617e40e30bebc0",
    5: "f799722eb5b5d11b",
    6: "ea5a44fc7cc41258",
    7: "33e02c0aef438a69",
    8: "f6840802852d9e39",
    9: "e9f8eaef22ca1567",
    10: "89f0206583fbfd02",
    11: "180ea6792c5783c6",
    12: "9e1c319cf064cbd6",
    13: "ec3540874cdd505c",
    14: "b19c713e43dd9bd5",
    15: "7b29b945430ca8c3",
    16: "4da284eae5771256",
    17: "56260e58692eafab",
    18: "da402e6504b21d27",
    19: "51a06b4d63b8c0a2",
    20: "d03bed59f7332791",
    21: "f1f734d565c8e7d8",
    22: "25af04d4acf01a24",
    23: "08b76eaca4f44ee6",
    24: "3b802d173815674d",
    25: "eb740f7daf417a66",
    26: "34979d073879d360",
    27: "1b1c8a2a5e723b5a",
    28: "aba4df928b373694",
    29: "b4543dc5f943c65f",
    30: "204753d2dcb26838",
    31: "75cb772493a321a1",
    32: "68f77897edbc4105",
    33: "c93afeff7d505a65",
    34: "dbe17eb22b859d0b",
    35: "e79d2572ba8a1740",
    36: "329b0eb33cde70cb",
}
"""What must never change again: the digest of each released file, by its version."""

DATA = Path(__file__).parents[1] / "registry" / "registry_data"
"""Rows as each released version kept them: <version>.sql."""


@pytest.fixture
def warehouse(warehouse_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(warehouse_db) as connection:
        yield connection


def _up_to(version: int) -> tuple[Migration, ...]:
    return tuple(migration for migration in list_released() if migration.version <= version)


def _after(newest: tuple[Migration, ...], text: str) -> tuple[Migration, ...]:
    added = Migration(version=newest[-1].version + 1, name="added", text=text)
    return (*newest, added)


def _rows(connection: psycopg.Connection) -> dict[str, list[dict[str, object]]]:
    """Every row of every table of the registry, but for its own version."""
    with connection.cursor(row_factory=dict_row) as cursor:
        names = cursor.execute(
            "SELECT table_name AS name FROM information_schema.tables"
            " WHERE table_schema = 'medallion' AND table_type = 'BASE TABLE'"
            " AND table_name <> 'registry_version' ORDER BY 1"
        ).fetchall()
        return {
            str(row["name"]): cursor.execute(
                f'SELECT * FROM medallion."{row["name"]}" AS t ORDER BY t::text'
            ).fetchall()
            for row in names
        }


def _shape(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    columns = connection.execute(
        "SELECT table_name, column_name, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'medallion' ORDER BY 1, 2"
    ).fetchall()
    indexes = connection.execute(
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'medallion'"
        " ORDER BY 1, 2"
    ).fetchall()
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'medallion'::regnamespace ORDER BY 1, 2"
    ).fetchall()
    return [*columns, *indexes, *constraints]


@pytest.mark.parametrize("version", sorted(RELEASED))
def test_a_released_registry_with_rows_becomes_the_newest(
    version: int, warehouse: psycopg.Connection, second_warehouse_db: str
) -> None:
    migrate(warehouse, _up_to(version))
    warehouse.execute((DATA / f"{version}.sql").read_text())
    warehouse.commit()
    before = _rows(warehouse)
    assert all(before.values()), "every table of the registry has a row to keep"
    migrate(warehouse, list_released())
    after = _rows(warehouse)
    for table, rows in before.items():
        kept = [{key: row.get(key) for key in rows[0]} for row in after[table]]
        assert kept == rows, table
    with psycopg.connect(second_warehouse_db) as fresh:
        migrate(fresh, list_released())
        assert _shape(warehouse) == _shape(fresh)


@pytest.mark.parametrize("migration", list_released(), ids=lambda migration: migration.name)
def test_a_released_file_never_changes(migration: Migration) -> None:
    digest = hashlib.sha256(migration.text.encode()).hexdigest()[:16]
    assert RELEASED.get(migration.version) == digest, (
        "a database out there was made with this file: write the next one instead; a new one is "
        "added to RELEASED, with rows of its version in registry_data/"
    )


def test_a_newer_registry_is_left_alone(warehouse: psycopg.Connection) -> None:
    migrate(warehouse, _after(list_released(), "CREATE TABLE medallion.later (a integer)"))
    with pytest.raises(SetupError, match="update this Medallion: a newer one"):
        migrate(warehouse, list_released())


def test_a_medallion_works_with_a_newer_registry_that_allows_it(
    warehouse: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    here = list_released()
    newest = here[-1].version
    column = "ALTER TABLE medallion.loads ADD COLUMN later{} integer"
    next_one = _after(here, f"-- works from: {newest}\n{column.format(1)}")
    second = _after(next_one, f"-- works from: {newest + 1}\n{column.format(2)}")
    migrate(warehouse, next_one)
    shape = _shape(warehouse)
    with caplog.at_level("INFO", "medallion"):
        migrate(warehouse, here)
    assert f"has version {newest + 1}; this Medallion knows {newest}, and works" in caplog.text
    assert _shape(warehouse) == shape
    migrate(warehouse, second)
    migrate(warehouse, next_one)
    with pytest.raises(SetupError, match="in a way that this one must not touch"):
        migrate(warehouse, here)  # the second migration allows the first one's, not this one


def test_one_of_several_newer_migrations_that_does_not_say_so_is_enough_to_refuse(
    warehouse: psycopg.Connection,
) -> None:
    here = list_released()
    silent = _after(here, "ALTER TABLE medallion.loads ADD COLUMN a integer")
    said = _after(silent, f"-- works from: {here[-1].version}\nSELECT 1")
    migrate(warehouse, said)
    with pytest.raises(SetupError, match="update this Medallion"):
        migrate(warehouse, here)


def test_each_migration_says_who_may_still_work_with_it() -> None:
    since = next(one.version for one in list_released() if one.name == "works_from")
    for one in list_released():
        if one.version >= since:
            assert one.works_from is not None, (
                f"{one.version} begins with `-- works from: N`: the oldest version whose Medallion "
                "reads and writes this registry rightly; its own where none does"
            )
            assert since <= one.works_from <= one.version


def test_a_registry_from_before_the_first_release_is_left_alone(
    warehouse: psycopg.Connection,
) -> None:
    migrate(warehouse, list_released())
    warehouse.execute("DELETE FROM medallion.registry_version WHERE version > 4")
    warehouse.execute("UPDATE medallion.registry_version SET version = 3")
    with pytest.raises(SetupError, match="version 3, which was never released"):
        migrate(warehouse, list_released())


def test_an_upgrade_that_fails_leaves_the_registry_as_it_was(
    warehouse: psycopg.Connection,
) -> None:
    migrate(warehouse, list_released())
    warehouse.commit()
    shape = _shape(warehouse)
    broken = _after(
        list_released(), "ALTER TABLE medallion.loads ADD COLUMN a integer; SELECT no_such_column"
    )
    with pytest.raises(psycopg.errors.UndefinedColumn):
        migrate(warehouse, broken)
    warehouse.rollback()
    assert _shape(warehouse) == shape
    migrate(warehouse, list_released())


def test_several_at_once_upgrade_once(warehouse_db: str) -> None:
    with psycopg.connect(warehouse_db) as connection:
        migrate(connection, list_released())
    newer = _after(list_released(), "ALTER TABLE medallion.loads ADD COLUMN a integer")
    errors: list[Exception] = []

    def upgrade() -> None:
        try:
            with psycopg.connect(warehouse_db) as connection:
                migrate(connection, newer)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_an_upgrade_waits_briefly_for_readers_and_is_tried_again(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_TIMEOUT", "50ms")
    newer = _after(list_released(), "ALTER TABLE medallion.loads ADD COLUMN a integer")
    with connect(warehouse_db) as connection:
        migrate(connection, list_released())
    with connect(warehouse_db) as reader, connect(warehouse_db) as upgrading:
        reader.execute("SELECT count(*) FROM medallion.loads")
        with pytest.raises(WarehouseUnavailable), translate_errors("upgrading the registry"):
            migrate(upgrading, newer)
        upgrading.rollback()
        reader.rollback()
        migrate(upgrading, newer)
        left = upgrading.execute("SELECT current_setting('lock_timeout')").fetchone()
        assert left == ("0",)


def test_a_gap_in_the_numbers_of_migrations_is_refused(tmp_path: Path) -> None:
    for number in (4, 6):
        (tmp_path / f"{number:04}_x.sql").write_text("SELECT 1")
    with pytest.raises(ValueError, match="gap"):
        read_migrations(tmp_path)
