"""The same values through every format into silver: equal, or in quarantine, and never rounded."""

# ruff: noqa: DTZ001  # times without a zone are a type of their own

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyarrow as pa
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from tests.steps import landed
from tests.steps.parquet_part import layout_of, parquet
from tests.steps.staged import query

from medallion.names import TableName
from medallion.plan.model import LandStep
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.source import DatabaseSource
from medallion.steps.clean import step as clean
from medallion.steps.context import StepContext
from medallion.steps.land import step as land

TYPES = {
    "d": "decimal(38,10)",
    "i": "bigint",
    "t": "timestamp",
    "n": "timestamp",
    "day": "date",
    "s": "text",
}
VALUES: list[tuple[str, str]] = [
    ("d", "1234567890123456789012345678.0123456789"),
    ("d", "-0.0000000001"),
    ("d", "0.00000000001"),  # a digit more than the column keeps
    ("d", "12345678901234567890123456789.5"),  # a digit more before the point
    ("d", "1234567890123456789012345678901234567890123.5"),
    ("d", "90071992547409.93"),
    ("d", "1e20"),
    ("d", "1.5E-7"),
    ("i", "9223372036854775807"),
    ("i", "-9223372036854775808"),
    ("i", "9223372036854775808"),
    ("i", "9007199254740993"),
    ("t", "9999-12-31T23:59:59.999999"),
    ("t", "0001-01-01T00:00:00"),
    ("t", "2024-02-29T10:00:00.000001"),
    ("n", "2024-01-05T10:00:00.123456789"),
    ("n", "2024-01-05T10:00:00.123456"),
    ("day", "0001-01-01"),
    ("day", "9999-12-31"),
    ("day", "10000-01-01"),
    ("s", "é千👍"),
    ("s", ' x, "y"\nz '),
    ("s", "007"),
    ("s", "007"),
    ("s", "a\ufeff"),
    ("s", "NULL"),
]
REFUSED = {2, 3, 4, 10, 15, 19}
"""What the types cannot hold."""
EXPONENTS = {6, 7}
"""A text says a number without them; JSON and typed values do with."""
READ: dict[str, Callable[[str], object]] = {
    "d": Decimal,
    "i": int,
    "t": datetime.fromisoformat,
    "n": datetime.fromisoformat,
    "day": date.fromisoformat,
    "s": str,
}
ROWS = [{name: text if name == kind else None for name in TYPES} for kind, text in VALUES]


def as_csv() -> tuple[RecordLayout, tuple[bytes, int]]:
    target = io.StringIO()
    writer = csv.DictWriter(target, list(TYPES))
    writer.writeheader()
    writer.writerows(ROWS)
    return RecordLayout(format="csv", columns=tuple(TYPES)), (
        target.getvalue().encode(),
        len(ROWS),
    )


def json_rows() -> list[str]:
    """Numbers as numbers, spelled as they are."""
    return [
        f'{{"{kind}": {text if kind in ("d", "i") else json.dumps(text)}, "other": null}}'
        for kind, text in VALUES
    ]


def as_jsonl() -> tuple[RecordLayout, tuple[bytes, int]]:
    return RecordLayout(format="jsonl"), ("\n".join(json_rows()).encode(), len(ROWS))


def as_json() -> tuple[RecordLayout, tuple[bytes, int]]:
    body = f'{{"data": [{", ".join(json_rows())}]}}'
    return RecordLayout(format="json", records_path="data"), (body.encode(), len(ROWS))


def as_excel() -> tuple[RecordLayout, tuple[bytes, int]]:
    """What Excel's numbers, of 15 digits, and its calendar hold; the rest as text."""
    book = openpyxl.Workbook()
    book.active.title = "S"
    book.active.append(list(TYPES))
    for at, row in enumerate(ROWS):
        cells = {k: float(text) if at in EXPONENTS and text else text for k, text in row.items()}
        book.active.append(list(cells.values()))
    target = io.BytesIO()
    book.save(target)
    layout = RecordLayout(format="excel", columns=tuple(TYPES), sheet="S")
    return layout, (target.getvalue(), len(ROWS))


def as_parquet() -> tuple[RecordLayout, tuple[bytes, int]]:
    def column(name: str, kind: pa.DataType, read: Callable[[str], Any]) -> pa.Array:
        found = [read(row[name]) if row[name] else None for row in ROWS]
        return pa.array(found, kind)

    def days(text: str) -> int:
        year, month, day = map(int, text.split("-"))
        return (date(min(year, 9999), month, day) - date(1970, 1, 1)).days + (year > 9999) * 365

    def nanoseconds(text: str) -> int:
        whole = datetime.fromisoformat(text[:19]) - datetime(1970, 1, 1)
        return int(whole.total_seconds()) * 10**9 + int(text[20:].ljust(9, "0"))

    table = pa.table(
        {
            "d": column("d", pa.decimal256(60, 12), Decimal),
            "i": column("i", pa.decimal128(20, 0), Decimal),
            "t": column("t", pa.timestamp("us"), datetime.fromisoformat),
            "n": column("n", pa.int64(), nanoseconds).cast(pa.timestamp("ns")),
            "day": column("day", pa.int32(), days).cast(pa.date32()),
            "s": column("s", pa.string(), str),
        }
    )
    return layout_of(table.schema), parquet(table)


def outcome(context: StepContext) -> dict[int, object]:
    """Each row's value by its place from 0, or the list of its reasons."""

    def select(columns: str, table: TableName) -> list[tuple[Any, ...]]:
        name = identifier(table).as_string(None)
        return query(context.warehouse_url, f"SELECT _bronze_record, {columns} FROM {name}")

    found: dict[int, object] = {}
    for number, *values in select(", ".join(TYPES), landed.FILMS.staging(context.run_key)):
        found[number - 1] = dict(zip(TYPES, values, strict=True))[VALUES[number - 1][0]]
    for number, reasons in select("reasons", landed.FILMS.rejects(context.run_key)):
        found[number - 1] = reasons
    return found


def hold(found: dict[int, object], refused: set[int]) -> None:
    assert {at for at, value in found.items() if isinstance(value, list)} == refused
    assert sorted(found) == list(range(len(VALUES)))
    for at, (kind, text) in enumerate(VALUES):
        if at not in refused:
            assert (at, found[at]) == (at, READ[kind](text))


COLUMNS = {name: {"type": kind, "nullable": True} for name, kind in TYPES.items()}


@pytest.mark.parametrize(
    ("made", "refused"),
    [
        (as_csv, REFUSED | EXPONENTS),
        (as_jsonl, REFUSED),
        (as_json, REFUSED),
        (as_excel, REFUSED),
        (as_parquet, REFUSED),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_value_is_the_same_whatever_the_format(
    warehouse_db: str,
    tmp_path: Path,
    made: Callable[[], tuple[RecordLayout, tuple[bytes, int]]],
    refused: set[int],
) -> None:
    context = landed.context(warehouse_db, tmp_path / "lake")
    layout, part = made()
    landed.land(context, layout, [part])
    clean.run(landed.clean_step(COLUMNS), context)
    hold(outcome(context), refused)


def test_a_database_gives_the_same_outcome_as_the_formats(
    warehouse_db: str, second_warehouse_db: str, tmp_path: Path
) -> None:
    """PostgreSQL's timestamps have no nanoseconds: such a value is a text there."""
    types = {"d": "numeric", "i": "numeric", "t": "timestamp", "n": "text", "day": "date"}
    given = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(types.get(name, "text")))
             for name in TYPES]  # fmt: skip
    with psycopg.connect(second_warehouse_db) as connection:
        columns = sql.SQL(", ").join(given)
        connection.execute(sql.SQL("CREATE TABLE same (at serial, {})").format(columns))
        with connection.cursor() as cursor:
            for kind, text in VALUES:
                name = sql.Identifier(kind)
                cursor.execute(sql.SQL("INSERT INTO same ({}) VALUES (%s)").format(name), [text])
    details = {key: str(value) for key, value in conninfo_to_dict(second_warehouse_db).items()}
    erp = ConnectionDetails(
        conn_id="erp",
        conn_type="postgres",
        host=details["host"],
        port=int(details["port"]),
        schema=details["dbname"],
        login=details["user"],
        password=details["password"],
    )
    made = landed.context(warehouse_db, tmp_path / "lake")
    context = replace(made, connection={"erp": erp}.__getitem__)
    asked = DatabaseSource.model_validate(
        {"type": "database", "conn_id": "erp", "query": "SELECT * FROM same ORDER BY at"}
    )
    land.run(LandStep(table=landed.FILMS, source=asked), context)
    clean.run(landed.clean_step(COLUMNS), context)
    hold(outcome(context), REFUSED)
