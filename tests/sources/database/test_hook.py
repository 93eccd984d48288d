"""Databases of Airflow's providers: a driver's own connection, here psycopg2's and sqlite3's."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.providers import PACKAGES
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database import rows as database_rows
from medallion.sources.database.kinds import KINDS, package_of
from medallion.sources.database.source import DatabaseSource

CRATE = ConnectionDetails(conn_id="erp", conn_type="crate", password="s3cret")
TYPES: list[tuple[str, str, Any]] = [
    ("1", "BIGINT", 1),
    ("true", "BOOLEAN", True),
    ("0.1::float8", "DOUBLE", 0.1),
    ("1.50::numeric(9,2)", "DECIMAL(9,2)", Decimal("1.50")),
    ("12345678901234567890.5", "VARCHAR", "12345678901234567890.5"),
    ("''::text", "VARCHAR", ""),
    ("date '2026-01-31'", "DATE", date(2026, 1, 31)),
    ("timestamp '2026-01-31 10:00'", "TIMESTAMP", datetime(2026, 1, 31, 10)),  # noqa: DTZ001
    (
        "timestamptz '2026-01-31 10:00+02'",
        "TIMESTAMP WITH TIME ZONE",
        datetime(2026, 1, 31, 8, tzinfo=UTC),
    ),
    (r"'\x00ff'::bytea", "BLOB", b"\x00\xff"),
    ("NULL::int", "VARCHAR", None),
]


def source(**keys: Any) -> DatabaseSource:
    return DatabaseSource.model_validate({"type": "database", "conn_id": "erp", **keys})


def postgres(url: str) -> Any:
    return lambda conn_id: psycopg2.connect(url)


def test_types_follow_from_the_first_rows(warehouse_db: str, extract: Any) -> None:
    columns = ", ".join(f"{value} AS c{at}" for at, (value, *_) in enumerate(TYPES))
    asked = source(query=f"SELECT {columns}")
    landed = extract(asked, connection=CRATE, database=postgres(warehouse_db))
    assert landed.manifest.layout.types == tuple(held for _, held, _ in TYPES)
    (row,) = landed.table().to_pylist()
    assert list(row.values()) == [value for *_, value in TYPES]


def test_rows_are_streamed_and_parameters_bound(
    warehouse_db: str, extract: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_rows, "FETCH_ROWS", 100)
    query = (
        "SELECT n, '50%' AS p FROM generate_series(1, 1050) AS n"
        " WHERE :data_interval_start < :data_interval_end AND '50%' LIKE '5%'"
    )
    until = datetime(2026, 1, 2, tzinfo=UTC)
    landed = extract(
        source(query=query), connection=CRATE, database=postgres(warehouse_db), until=until
    )
    assert landed.table()["n"].to_pylist() == list(range(1, 1051))
    assert set(landed.table()["p"].to_pylist()) == {"50%"}


def test_placeholders_of_another_style(tmp_path: Path, extract: Any) -> None:
    file = tmp_path / "x.db"
    other = ConnectionDetails(conn_id="erp", conn_type="exotic")
    query = "SELECT :data_interval_start_date AS d, :data_interval_start_epoch AS e, '50%' AS p"
    landed = extract(
        source(query=query), connection=other, database=lambda conn_id: sqlite3.connect(file)
    )
    (row,) = landed.table().to_pylist()
    assert (row["d"], row["p"]) == ("2026-01-01", "50%")


def test_a_value_of_another_kind_than_the_first_is_refused(tmp_path: Path, extract: Any) -> None:
    def database(conn_id: str) -> Any:
        connection = sqlite3.connect(tmp_path / "x.db")
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(20_000)] + [("x",)])
        return connection

    other = ConnectionDetails(conn_id="erp", conn_type="exotic")
    with pytest.raises(SourceRefused, match="column n holds"):
        extract(source(table="t"), connection=other, database=database)


def test_a_cursor_of_times_wants_a_column_of_times(tmp_path: Path, extract: Any) -> None:
    """A driver that gives texts may have them compared by their letters."""

    def database(conn_id: str) -> Any:
        connection = sqlite3.connect(tmp_path / "x.db")
        connection.execute("CREATE TABLE IF NOT EXISTS t AS SELECT '2026-01-02T09:00Z' AS at")
        return connection

    other = ConnectionDetails(conn_id="erp", conn_type="exotic")
    for day, refused in ((1, True), (9, False)):
        start = datetime(2026, 1, day, tzinfo=UTC)
        wanted = CursorRange(field="at", kind="timestamp", start=start)
        asked = source(table="t", cursor={"field": "at", "initial_value": start})
        with pytest.raises(SourceRefused, match="is a text") if refused else nullcontext():
            extract(asked, connection=other, database=database, cursor=wanted)


def test_a_row_outside_of_the_cursor_s_range_is_refused(warehouse_db: str, extract: Any) -> None:
    """The server compares by more digits than the driver gives: the row would come each time."""
    with psycopg2.connect(warehouse_db) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE held (at timestamp)")
        cursor.execute("INSERT INTO held VALUES ('2026-01-02 09:00:00.000001')")

    def rounding(conn_id: str) -> Any:
        connection = psycopg2.connect(warehouse_db)
        text = psycopg2.extensions.new_type(
            (1114,), "SECONDS", lambda value, _: datetime.fromisoformat(value[:19])
        )
        psycopg2.extensions.register_type(text, connection)
        return connection

    start = datetime(2026, 1, 2, 9, tzinfo=UTC)
    wanted = CursorRange(field="at", kind="timestamp", start=start, start_inclusive=False)
    asked = source(table="held", cursor={"field": "at", "initial_value": start})
    with pytest.raises(SourceRefused, match="outside of what was asked for"):
        extract(asked, connection=CRATE, database=rounding, cursor=wanted)


def test_errors_say_who_must_act(warehouse_db: str, extract: Any) -> None:
    def fails(conn_id: str) -> Any:
        return psycopg2.connect(host="127.0.0.1", port=1, password="s3cret")

    def refuses(conn_id: str) -> Any:
        return psycopg2.connect(f"{warehouse_db}_nope")

    database = postgres(warehouse_db)
    cases: list[tuple[str, Any, type[Exception], str]] = [
        ("nope", database, SourceRefused, 'relation "nope" does not exist'),
        ("t", fails, SourceUnavailable, "refused"),
        ("t", refuses, SetupError, "does not exist"),
    ]
    for table, connect, error, said in cases:
        with pytest.raises(error, match=said) as raised:
            extract(source(table=table), connection=CRATE, database=connect)
        assert "s3cret" not in str(raised.value)


def test_without_airflow_there_is_no_provider(extract: Any) -> None:
    with pytest.raises(SetupError, match="an Airflow provider connects to"):
        extract(source(table="t"), connection=CRATE)


def test_a_missing_driver_is_named(extract: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql.cursors", None)
    mysql = ConnectionDetails(conn_id="erp", conn_type="mysql", host="127.0.0.1", port=1)
    with pytest.raises(SetupError, match="type mysql: its driver is not installed") as raised:
        extract(source(table="t"), connection=mysql)
    assert raised.value.remedy == "install apache-airflow-providers-mysql, or PyMySQL alone"


def test_each_kind_names_its_package() -> None:
    for conn_type, kind in KINDS.items():
        bundled = kind.reader in ("postgres", "sqlite")
        of_provider = package_of(conn_type).startswith("apache-airflow-providers-")
        assert bundled or of_provider or package_of(conn_type) == PACKAGES[kind.reader]
