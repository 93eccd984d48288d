"""Typed records → a staging table: each type comes through as it was held, or is quarantined."""

# ruff: noqa: DTZ001  # times without a zone are a type of their own

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from tests.steps.landed import FILMS, clean_step, land
from tests.steps.landed import context as run_context
from tests.steps.parquet_part import layout_of, parquet

from medallion.errors import DataRejected
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.steps.clean.step import run
from medallion.steps.context import StepContext, StepResult

ID = UUID("123e4567-e89b-12d3-a456-426614174000")
NOON = datetime(2026, 1, 1, 12, 0, 0, 123456)
US, DAY = pa.timestamp("us"), pa.date32()
INFINITE = 2**63 - 1


@pytest.fixture(scope="module")
def database(embedded_postgres: EmbeddedPostgres, pg_url: str) -> Iterator[str]:
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE typed_records")
        yield embedded_postgres.url("typed_records")
        admin.execute("DROP DATABASE typed_records WITH (FORCE)")


@pytest.fixture
def context(database: str, tmp_path: Path) -> StepContext:
    """A run of its own in the database of all these tests."""
    return run_context(database, tmp_path, run_id=f"manual__{tmp_path}")


def rows(context: StepContext, table: TableName) -> list[dict[str, Any]]:
    with psycopg.connect(context.warehouse_url, row_factory=dict_row) as connection:
        query = sql.SQL("SELECT * FROM {} ORDER BY _bronze_part, _bronze_record")
        return connection.execute(query.format(identifier(table))).fetchall()


def clean(
    context: StepContext, table: pa.Table, columns: dict[str, Any], **step: Any
) -> StepResult:
    land(context, layout_of(table.schema), [parquet(table)])
    return run(clean_step(columns, **step), context)


def cleaned(context: StepContext, held: pa.Array, **column: Any) -> list[Any]:
    """The values of one column, with the reasons of those that were quarantined in their place."""
    clean(context, pa.table({"value": held}), {"value": {"nullable": True, **column}})
    good = {
        row["_bronze_record"]: row["value"] for row in rows(context, FILMS.staging(context.run_key))
    }
    bad = {
        row["_bronze_record"]: row["reasons"][0].removeprefix("value: ")
        for row in rows(context, FILMS.rejects(context.run_key))
    }
    found = good | bad
    return [found[number] for number in sorted(found)]


@pytest.mark.parametrize(
    ("kind", "type_", "values"),
    [
        (pa.bool_(), "boolean", [True, False, None]),
        (pa.int16(), "smallint", [-32768, 32767, None]),
        (pa.int64(), "bigint", [-(2**63), 2**63 - 1, None]),
        (pa.uint64(), "decimal(20,0)", [Decimal(2**64 - 1), None]),
        (
            pa.decimal128(38, 10),
            "decimal(38,10)",
            [Decimal("-1234567890123456789012345678.0123456789")],
        ),
        (pa.float64(), "double", [0.1, -1e300, None]),
        (pa.float32(), "real", [0.5, None]),
        (pa.string(), "text", ["", "é", "'; DROP TABLE x; --", None]),
        (pa.binary(), "bytea", [b"", b"\x00\xff", None]),
        (pa.date32(), "date", [date(1, 1, 1), date(9999, 12, 31), None]),
        (pa.time64("us"), "time", [time(23, 59, 59, 999999), None]),
        (
            US,
            "timestamp",
            [NOON, datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), None],
        ),
        (pa.timestamp("us", "UTC"), "timestamptz", [NOON.replace(tzinfo=UTC), None]),
        (pa.list_(pa.int32()), "integer[]", [[1, None], [], None]),
        (pa.list_(pa.string()), "text[]", [["", "a,b", '"', None], None]),
        (pa.list_(pa.date32()), "date[]", [[date(2026, 1, 1)], None]),
        (pa.list_(pa.timestamp("us", "UTC")), "timestamptz[]", [[NOON.replace(tzinfo=UTC)], None]),
        (pa.list_(pa.decimal128(9, 2)), "decimal(9,2)[]", [[Decimal("1.10")], None]),
        (pa.list_(pa.binary()), "bytea[]", [[b"\x00\xff", None], None]),
    ],
    ids=str,
)
def test_a_value_comes_through_as_it_is(
    context: StepContext, kind: pa.DataType, type_: str, values: list[Any]
) -> None:
    assert cleaned(context, pa.array(values, kind), type=type_) == values


def test_uuids_and_json_come_through(context: StepContext) -> None:
    found = cleaned(context, pa.array([ID.bytes, None], pa.uuid()), type="uuid")
    assert found == [ID, None]


JSON_TEXTS = ['{"a": [1.10, "Infinity, NaN,]", null]}', '"\\ud83d\\ude00"', "7", None]


def test_json_comes_through(context: StepContext) -> None:
    found = cleaned(context, pa.array([*JSON_TEXTS, "{", "[1,]", '"\\u0000"']), type="json")
    assert found[:4] == [{"a": [1.1, "Infinity, NaN,]", None]}, "😀", 7, None]
    assert found[4:] == [
        f'"{text}" is not JSON that PostgreSQL can hold' for text in ("{", "[1,]", '"\\u0000"')
    ]


def test_arrays_of_uuids_and_json_are_read_by_postgresql(context: StepContext) -> None:
    table = pa.table({"u": [[str(ID), None]], "j": [['{"a": 1}', "null"]]})
    columns = {"u": {"type": "uuid[]", "nullable": True}, "j": {"type": "json[]"}}
    clean(context, table, columns)
    (row,) = rows(context, FILMS.staging(context.run_key))
    assert (row["u"], row["j"]) == ([ID, None], [{"a": 1}, None])


@pytest.mark.parametrize(
    ("held", "type_", "found"),
    [
        (
            pa.array([7, 40000]),
            "smallint",
            [7, '"40000" is not a whole number from -32768 to 32767'],
        ),
        (
            pa.array([2**64 - 1], pa.uint64()),
            "bigint",
            [f'"{2**64 - 1}" is not a whole number of 64 bits'],
        ),
        (
            pa.array([5.0, 5.5]),
            "integer",
            [5, '"5.5" is not a whole number from -2147483648 to 2147483647'],
        ),
        (
            pa.array([Decimal("1.00"), Decimal("1.25")]),
            "bigint",
            [1, '"1.25" is not a whole number of 64 bits'],
        ),
        (
            pa.array([Decimal("1.20"), Decimal("1.25")]),
            "decimal(4,1)",
            [
                Decimal("1.2"),
                '"1.25" is not a number with at most 3 digits before and 1 after the point',
            ],
        ),
        (pa.array([0.1]), "decimal(4,1)", [Decimal("0.1")]),
        (
            pa.array([float("nan"), float("inf"), 1.5]),
            "double",
            [
                '"nan" is not a finite number with a decimal point',
                '"inf" is not a finite number with a decimal point',
                1.5,
            ],
        ),
        (pa.array([1e300]), "real", ['"1e+300" is not a finite number with a decimal point']),
        (
            pa.array([INFINITE, -INFINITE], pa.int64()).cast(US),
            "timestamp",
            [
                '"infinity" is not a date and time without a zone like 2026-01-31T23:59:59',
                '"-infinity" is not a date and time without a zone like 2026-01-31T23:59:59',
            ],
        ),
        (
            pa.array([-735160, 2**31 - 1], pa.int32()).view(DAY),
            "date",
            [
                '"0044-03-15 (BC)" is not a date like 2026-01-31',
                '"infinity" is not a date like 2026-01-31',
            ],
        ),
        (
            pa.array([datetime(2026, 1, 1), NOON], US),
            "date",
            [date(2026, 1, 1), '"2026-01-01 12:00:00.123456" is not a date like 2026-01-31'],
        ),
        (pa.array([date(2026, 1, 1)]), "timestamp", [datetime(2026, 1, 1)]),
        (
            pa.array([NOON], US),
            "timestamptz",
            [
                '"2026-01-01 12:00:00.123456" is not a date and time with its zone like '
                "2026-01-31T23:59:59Z"
            ],
        ),
        (pa.array(["a\0b"]), "text", ['"a␀b" is not a text without NUL characters']),
        (
            pa.array([1, 0, 2]),
            "boolean",
            [True, False, '"2" is not true or false (true, t, yes, y, 1; false, f, no, n, 0)'],
        ),
        (pa.array([Decimal("1.50")]), "text", ["1.50"]),
        (pa.array([b"\x00\xff"]), "text", ["\\x00ff"]),
        (pa.array([[1, 2]]), "text", ["[1,2]"]),
        (pa.array([{"a": 1}]), "json", [{"a": 1}]),
        (
            pa.array([[1, 2**40]]),
            "integer[]",
            [
                "[1, 1099511627776] is not an array, each element a whole number from -2147483648"
                " to 2147483647"
            ],
        ),
    ],
    ids=str,
)
def test_another_type_is_taken_only_where_nothing_is_lost(
    context: StepContext, held: pa.Array, type_: str, found: list[Any]
) -> None:
    assert cleaned(context, held, type=type_) == found


def test_times_of_nanoseconds_are_taken_where_they_fit(context: StepContext) -> None:
    moments = pa.array([1_000, 1_001], pa.timestamp("ns"))
    fine = '"1970-01-01 00:00:00.000001001" is not a date and time without a zone like '
    assert cleaned(context, moments, type="timestamp") == [
        datetime(1970, 1, 1, microsecond=1),
        f"{fine}2026-01-31T23:59:59",
    ]
    zoned = pa.array([0], pa.timestamp("ns", "Europe/Paris"))
    assert cleaned(context, zoned, type="timestamptz") == [datetime(1970, 1, 1, tzinfo=UTC)]
    clock = pa.array([36_000_000_000_000], pa.time64("ns"))
    assert cleaned(context, clock, type="time") == [time(10)]


def test_an_empty_text_is_null_only_where_the_spec_says_so(context: StepContext) -> None:
    held = pa.array(["", "n/a", None])
    assert cleaned(context, held, type="text") == ["", "n/a", None]
    assert cleaned(context, held, type="text", null_values=["", "n/a"]) == [None, None, None]


def test_verbs_and_null_values_work_on_the_texts_of_values(context: StepContext) -> None:
    assert cleaned(context, pa.array([0, 5]), type="bigint", null_values=["0"]) == [None, 5]
    amounts = pa.array([Decimal("1.50")])
    assert cleaned(context, amounts, type="decimal(9,2)", clean=["money"]) == [Decimal("1.50")]
    moments = pa.array([NOON.replace(tzinfo=UTC)], pa.timestamp("us", "UTC"))
    assert cleaned(context, moments, type="text", clean=["trim"]) == [
        "2026-01-01 12:00:00.123456+00"
    ]


def test_a_record_quarantined_keeps_all_its_values_exactly(context: StepContext) -> None:
    table = pa.table(
        {
            "id": pa.array([None], pa.int64()),
            "amount": pa.array([Decimal("12345678901234567890.10")]),
            "ratio": pa.array([float("nan")]),
            "at": pa.array([NOON], US),
            "bytes": pa.array([b"\x00\xff"]),
            "tags": pa.array([["a", None]]),
            "paid": pa.array([True]),
            'na"me': pa.array(["x'y"]),
        }
    )
    clean(context, table, {"id": {"type": "bigint"}})
    (bad,) = rows(context, FILMS.rejects(context.run_key))
    assert bad["reasons"] == ["id: is empty"]
    assert bad["record"] == {
        "id": None,
        "amount": "12345678901234567890.10",
        "ratio": "nan",
        "at": "2026-01-01 12:00:00.123456",
        "bytes": "\\x00ff",
        "tags": ["a", None],
        "paid": True,
        'na"me': "x'y",
    }
    assert (bad["_bronze_part"], bad["_bronze_record"]) == (0, 1)


def test_names_that_differ_in_case_only_are_two_columns(context: StepContext) -> None:
    table = pa.table({"id": [1], "ID": [2], "a.b": [3]})
    names = {"one": "id", "two": "ID", "three": "a.b"}
    clean(
        context, table, {name: {"from": field, "type": "bigint"} for name, field in names.items()}
    )
    (row,) = rows(context, FILMS.staging(context.run_key))
    assert (row["one"], row["two"], row["three"]) == (1, 2, 3)


def test_a_column_that_is_not_there_is_reported(context: StepContext) -> None:
    with pytest.raises(
        DataRejected, match="records have no column 'titel'; they have 'id', 'title'"
    ):
        clean(context, pa.table({"id": [1], "title": ["x"]}), {"titel": {"type": "text"}})


def test_several_parts_and_no_rows(context: StepContext) -> None:
    full, empty = pa.table({"id": [1, 2, 3]}), pa.table({"id": pa.array([], pa.int64())})
    parts = [parquet(full, 2), parquet(empty), parquet(full)]
    land(context, layout_of(full.schema), parts)
    result = run(clean_step({"id": {"type": "bigint"}}), context)
    assert (result.rows_in, result.rows_out) == (6, 6)
    places = [
        (row["_bronze_part"], row["_bronze_record"])
        for row in rows(context, FILMS.staging(context.run_key))
    ]
    assert places == [(0, 1), (0, 2), (0, 3), (2, 1), (2, 2), (2, 3)]


def test_a_part_that_holds_other_records_than_landed_is_refused(context: StepContext) -> None:
    table = pa.table({"id": [1, 2, 3]})
    data, _ = parquet(table)
    land(context, layout_of(table.schema), [(data, 4)])
    with pytest.raises(DataRejected, match="landed 4 records, read back 3"):
        run(clean_step({"id": {"type": "bigint"}}), context)
