"""Both ways of copying bring what PostgreSQL itself makes of the same texts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pytest
from psycopg import sql
from sqlglot import exp

from medallion.cleaning.declared.types import SCALARS, parse_type
from medallion.cleaning.duckdb.casts import encode_for_copy
from medallion.errors import DataRejected, SetupError, WarehouseRefused, WarehouseUnavailable
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.tables import arrow_copy
from medallion.warehouse.tables.arrow_copy import (
    STREAMS,
    copy_arrow,
    copy_in_streams,
    copy_with_adbc,
    copy_with_pgpq,
    count_streams,
    create_new,
)
from medallion.warehouse.tables.staging import (
    NewStaging,
    StagingColumn,
    create_staging,
    read_texts,
)

TABLE = TableName("public", 'co"pied')


def copy_in_three_streams(*given: Any) -> int:
    return copy_in_streams(*given, streams=3)


WAYS = [copy_with_pgpq, copy_with_adbc, copy_in_three_streams]
NUMBERS = random.Random(7)


def decimals(precision: int, scale: int) -> list[str]:
    found = [
        "0",
        "1" if precision > scale else "0",
        "-0." + "0" * (scale - 1) + "1" if scale else "-1",
    ]
    for digits in range(1, precision + 1):
        text = str(NUMBERS.randrange(10 ** (digits - 1), 10**digits)).rjust(scale + 1, "0")
        whole, part = text[: len(text) - scale], text[len(text) - scale :]
        found.append(NUMBERS.choice(["", "-"]) + whole + ("." + part if part else ""))
    return found


VALUES: dict[str, list[str]] = {
    "text": ["", "été ☃ 👍🏽", "a\tb\nc\\d\"'", "x" * 100_000, "NULL"],
    "smallint": ["-32768", "32767", "0"],
    "integer": ["-2147483648", "2147483647", "0"],
    "bigint": ["-9223372036854775808", "9223372036854775807", "0"],
    "real": ["1.5", "-0.0", "3.4e38", "1e-45", "NaN", "-Infinity"],
    "double": ["0.1", "-0.0", "1.7976931348623157e308", "5e-324", "NaN", "Infinity"],
    "decimal(38,0)": decimals(38, 0),
    "decimal(38,38)": decimals(38, 38),
    "decimal(38,10)": decimals(38, 10),
    "decimal(18,2)": decimals(18, 2),
    "decimal(9,9)": decimals(9, 9),
    "decimal(4,1)": decimals(4, 1),
    "boolean": ["true", "false"],
    "date": ["0001-01-01", "1969-12-31", "1999-12-31", "2000-02-29", "9999-12-31"],
    "time": ["00:00:00", "23:59:59.999999", "12:30:00.5"],
    "timestamp": ["0001-01-01 00:00:00", "1999-12-31 23:59:59.999999", "9999-12-31 23:59:59"],
    "timestamptz": ["0001-01-01 00:00:00+00", "1999-12-31 23:59:59.5-05", "9999-12-31 23:59:59Z"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "json": ['{"a": [1.10, null]}', "null", '"é👍🏽"', "12345678901234567890.123456789"],
    "bytea": ["", "abc", r"\x00", r"\xFF"],
}


def cases() -> Iterator[object]:
    for name in VALUES:
        for array in ("", "[]"):
            for way in WAYS:
                if way is copy_with_adbc or name + array != "timestamptz[]":
                    yield pytest.param(way, name + array, id=f"{way.__name__}-{name}{array}")


def test_every_type_has_values() -> None:
    assert {parse_type(name).scalar.name for name in VALUES} == {s.name for s in SCALARS}


@pytest.mark.parametrize(("way", "name"), list(cases()))
def test_every_value_arrives_as_it_is(
    warehouse_db: str, way: Callable[..., int], name: str
) -> None:
    kind = parse_type(name)
    texts: list[Any] = [[t, None, t] if kind.array else t for t in VALUES[name.removesuffix("[]")]]
    texts += [None, []] if kind.array else [None]
    copied_as = "text[]" if kind.by_text else kind.postgres
    columns = [StagingColumn(name=n, pg_type=t) for n, t in [("n", "integer"), ("v", copied_as)]]
    with connect(warehouse_db) as connection, duckdb.connect() as duck:
        create_staging(connection, TABLE, columns, logged=False)
        connection.commit()
        duck.execute("SET TimeZone = 'UTC'")
        duck.register("given", pa.table({"n": pa.array(range(len(texts)), pa.int32()), "t": texts}))
        value = encode_for_copy(exp.cast(exp.column("t"), kind.duckdb, dialect="duckdb"), kind)
        query = f"SELECT n, {value.sql('duckdb')} AS v FROM given ORDER BY n"
        batches = list(duck.sql(query).to_arrow_reader(3))
        assert way(warehouse_db, TABLE, batches[0].schema, batches) == len(texts)
        wrong = sql.SQL("SELECT v::text FROM {} WHERE n = %s AND v IS DISTINCT FROM %s::{}").format(
            identifier(TABLE), sql.SQL(kind.postgres)
        )
        if kind.by_text:
            read_texts(connection, TABLE, {"v": kind.postgres})
        for number, text in enumerate(texts):
            assert connection.execute(wrong, [number, text]).fetchall() == [], text


def test_arrays_of_moments_find_the_way_that_knows_them(warehouse_db: str) -> None:
    test_every_value_arrives_as_it_is(warehouse_db, copy_arrow, "timestamptz[]")


def test_without_pgpq_there_is_the_other_way(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow_copy, "find_spec", lambda name: None)
    monkeypatch.setattr(arrow_copy, "copy_with_pgpq", None)
    test_every_value_arrives_as_it_is(warehouse_db, copy_arrow, "text")


@pytest.fixture
def url(warehouse_db: str) -> str:
    columns = [
        StagingColumn(name='a"b', pg_type="bigint"),
        StagingColumn(name="c", pg_type="text[]"),
        StagingColumn(name="d", pg_type="integer", default=7),
    ]
    with connect(warehouse_db) as connection:
        create_staging(connection, TABLE, columns, logged=True)
    return warehouse_db


def rows_of(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            sql.SQL("SELECT * FROM {} ORDER BY 1").format(identifier(TABLE))
        ).fetchall()


@pytest.mark.parametrize("way", WAYS)
def test_slices_and_filtered_batches_arrive(url: str, way: Callable[..., int]) -> None:
    whole = pa.RecordBatch.from_pydict(
        {'a"b': list(range(99)), "c": [None if n % 3 == 0 else [f"é{n}", None] for n in range(99)]}
    )
    parts = [whole.slice(7, 30), whole.slice(37, 0), whole.slice(50)]
    parts.append(whole.slice(0, 7).filter(pa.array([n % 2 == 0 for n in range(7)])))
    assert way(url, TABLE, whole.schema, parts) == 83
    wanted = [(r['a"b'], r["c"], 7) for part in parts for r in part.to_pylist()]
    assert rows_of(url) == sorted(wanted, key=lambda row: row[0])


@pytest.mark.parametrize("way", WAYS)
def test_an_error_of_the_source_comes_out_as_it_is(url: str, way: Callable[..., int]) -> None:
    batch = pa.RecordBatch.from_pydict({'a"b': [1]})

    def batches() -> Iterator[pa.RecordBatch]:
        yield batch
        raise DataRejected("the part is broken")

    with pytest.raises(DataRejected, match="the part is broken"):
        way(url, TABLE, batch.schema, batches())
    assert rows_of(url) == []


@pytest.mark.parametrize("way", WAYS)
def test_what_postgres_refuses_is_refused(url: str, way: Callable[..., int]) -> None:
    batch = pa.RecordBatch.from_pydict({'a"b': [1], "none": ["x"]})
    with pytest.raises(WarehouseRefused, match="none"):
        way(url, TABLE, batch.schema, [batch])
    assert rows_of(url) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_does_not_answer_is_worth_a_retry(way: Callable[..., int]) -> None:
    batch = pa.RecordBatch.from_pydict({"a": [1]})
    with pytest.raises(WarehouseUnavailable) as caught:
        way("postgresql://u:secret@127.0.0.1:9/x", TABLE, batch.schema, [batch])
    assert "secret" not in str(caught.value)


def test_many_batches_arrive_whole_by_several_streams(url: str) -> None:
    batches = [
        pa.RecordBatch.from_pydict({'a"b': list(range(n * 100, n * 100 + 100))}) for n in range(50)
    ]
    copied = copy_arrow(url, TABLE, batches[0].schema, batches, streams=4)
    assert copied == 5000
    assert [row[0] for row in rows_of(url)] == list(range(5000))


def test_where_one_stream_is_refused_nothing_of_the_others_is_there(url: str) -> None:
    with connect(url) as connection:
        connection.execute(
            sql.SQL('ALTER TABLE {} ADD CHECK ("a""b" <> 4321)').format(identifier(TABLE))
        )
    batches = (
        pa.RecordBatch.from_pydict({'a"b': list(range(n * 100, n * 100 + 100))}) for n in range(500)
    )
    schema = pa.schema({'a"b': pa.int64()})
    with pytest.raises(WarehouseRefused, match="23514"):
        copy_arrow(url, TABLE, schema, batches, streams=3)
    assert rows_of(url) == []


@pytest.mark.parametrize(
    ("processors", "streams"), [(None, 1), (1, 1), (2, 1), (4, 2), (8, 4), (64, 4)]
)
def test_half_of_the_processors_are_for_the_server(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, streams: int
) -> None:
    monkeypatch.delenv(STREAMS, raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert count_streams() == streams


def test_the_number_of_streams_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STREAMS, "3")
    assert count_streams() == 3
    monkeypatch.setenv(STREAMS, "0")
    with pytest.raises(SetupError, match=f"{STREAMS} is not a whole number from 1 to 4"):
        count_streams()


NEW = NewStaging(
    name=TABLE,
    columns=(
        StagingColumn(name='a"b', pg_type="bigint", nullable=False),
        StagingColumn(name="c", pg_type="text"),
        StagingColumn(name="d", pg_type="integer", default=7),
    ),
    logged=True,
)


def rows_to_copy(count: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({'a"b': list(range(count)), "c": ["x" * 100] * count})


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("logged", [True, False])
def test_a_new_table_takes_the_place_of_an_earlier_one_and_is_filled(
    url: str, logged: bool, streams: int
) -> None:
    batch, new = rows_to_copy(3), replace(NEW, logged=logged)
    for _ in range(2):
        assert copy_arrow(url, TABLE, batch.schema, [batch], streams=streams, new=new) == 3
        assert rows_of(url) == [(n, "x" * 100, 7) for n in range(3)]
    with psycopg.connect(url) as connection:
        asked = "SELECT relpersistence FROM pg_class WHERE relname = %s"
        assert connection.execute(asked, [TABLE.table]).fetchone() == ("p" if logged else "u",)


def test_nobody_sees_or_waits_for_a_table_before_its_rows_are_there(warehouse_db: str) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield rows_to_copy(1000)
        with psycopg.connect(warehouse_db) as other:
            other.execute("SET lock_timeout = '1s'")
            sizes = "SELECT count(pg_total_relation_size(oid)) FROM pg_class WHERE relname = %s"
            assert other.execute(sizes, [TABLE.table]).fetchone() == (0,)

    schema = rows_to_copy(1).schema
    assert copy_arrow(warehouse_db, TABLE, schema, batches(), new=NEW) == 1000
    assert len(rows_of(warehouse_db)) == 1000


def test_where_the_source_fails_there_is_no_new_table(warehouse_db: str) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield rows_to_copy(3)
        raise DataRejected("the part is broken")

    with pytest.raises(DataRejected, match="the part is broken"):
        copy_arrow(warehouse_db, TABLE, rows_to_copy(1).schema, batches(), new=NEW)
    with psycopg.connect(warehouse_db) as connection:
        assert columns_of(connection, TABLE) == ()


def test_the_rows_of_a_new_table_are_frozen(warehouse_db: str) -> None:
    """PostgreSQL shows frozen rows to a snapshot from before them: so they are told apart."""
    seen = []
    for new in (NEW, None):
        if new is None:
            create_new(warehouse_db, NEW)
        with psycopg.connect(warehouse_db) as older:
            older.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            older.execute("SELECT 1")
            batch = rows_to_copy(3)
            copy_arrow(warehouse_db, TABLE, batch.schema, [batch], new=new)
            count = sql.SQL("SELECT count(*) FROM {}").format(identifier(TABLE))
            seen.append(older.execute(count).fetchone())
    assert seen == [(3,), (0,)]


def test_the_log_of_a_server_without_standby_does_not_get_the_rows(warehouse_db: str) -> None:
    batch = rows_to_copy(50_000)
    logged = []
    with psycopg.connect(warehouse_db, autocommit=True) as connection:
        assert connection.execute("SHOW wal_level").fetchone() == ("minimal",)

        def end_of_log() -> Any:
            row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
            return row[0] if row else None

        create_new(warehouse_db, NEW)
        for new in (None, NEW):
            before = end_of_log()
            copy_arrow(warehouse_db, TABLE, batch.schema, [batch], new=new)
            logged.append(end_of_log() - before)
    assert logged[0] > 5_000_000
    assert logged[1] < 1_000_000
