"""Tables of all types and dispositions, in the warehouse and in a lake as both formats; and their
values as the warehouse has them: dates and moments as numbers, which Python has for all of them.
"""

from __future__ import annotations

import struct
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from tests.steps.lake_lab import Lab

from medallion.lake.table_formats import LakeTable
from medallion.names import TableName
from medallion.operations.lake_tables import list_lake_steps, make_context
from medallion.steps.lake_table import open_lake_table
from medallion.steps.run import run_step

SPEC = """\
description: Readings in all dispositions, and a value of every type.
datasets:
  DATASETS
gold:
  types:
    description: A value of every type.
    sql: sensors.sql
    breaking_change: allow
    guard: {max_shrink_percent: null, min_rows: 0}
    publish_to:
      - {format: delta, location: "LAKE/delta/types"}
      - {format: iceberg, location: "LAKE/iceberg/types"}
"""
DATASET = """\
  NAME:
    description: Readings, each in the way of its disposition.
    source: {type: file, format: csv, path: include/data/lab/readings.csv}
    silver:
      primary_key: [n]
      write_disposition: DISPOSITION
      guard: {max_shrink_percent: null, min_rows: 0}
      publish_to:
        - {format: delta, location: "LAKE/delta/NAME"}
        - {format: iceberg, location: "LAKE/iceberg/NAME"}
      columns:
        n: {type: bigint}
        name: {type: text, nullable: true}
        at: {type: timestamptz, nullable: true}
        tags: {type: "text[]", nullable: true}
"""
DISPOSITIONS = {"merged": "merge", "appended": "append", "states": "scd2"}
FIRST = '1,a,2026-01-01T00:00:00.123456Z,"[""x"",""y""]"\n'
DAYS = (
    f"n,name,at,tags\n{FIRST}2,b,,\n3,,,[]\n",
    f"n,name,at,tags\n{FIRST}2,é 'q' ; ☃,,\n4,d,,\n",
    "n,name,at,tags\n",
)
TYPES = """\
select n, b, i, l, r, d, small::numeric(8,2), half::numeric(18,4), wide::numeric(38,10), t,
  v::varchar(3), by, day, at, seen,
  case when n < 3 then array[t, null, ''] when n = 3 then '{}'::text[] end as texts,
  case when n < 3 then array[at, null] when n = 3 then '{}'::timestamptz[] end as moments,
  case when n < 3 then array[day, null] end as days,
  (case when n < 3 then array[half, null] end)::numeric(18,4)[] as halves,
  case when n < 3 then array[l, null] end as longs,
  null::integer as never
from (values
  (1::bigint, true, -2147483648, -9223372036854775808, 1.17549435e-38::real,
    2.2250738585072014e-308::double precision, -999999.99, -0.0001,
    9999999999999999999999999999.9999999999, 'é ''q''; ☃ \t\n'::text,
    'v', '\\x00ff'::bytea, '0001-01-01'::date, '0001-01-01 00:00:00+00'::timestamptz,
    '0001-01-01 00:00:00'::timestamp),
  (2, false, 2147483647, 9223372036854775807, 'NaN', '-Infinity', 999999.99, 0.0001,
    -9999999999999999999999999999.9999999999, '', '', '', '9999-12-31',
    '9999-12-31 23:59:59.999999+00', '9999-12-31 23:59:59.999999'),
  (3, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
  (4, true, 0, 0, '-0', '-0', 0, 0, 0, 'null', 'NaN', 'null', '1582-10-10',
    '1582-10-14 23:59:59.999999+00', '1582-10-05 00:00:00'),
  (5, false, 1, 1, 'Infinity', 'NaN', 0.01, 1, 1, '0', '0', '0', '1899-12-31',
    '1899-12-31 23:59:59.000001+00', '1900-01-01 00:00:00.000001'),
  (6, false, 1, 1, 0.1, 0.1, 0.01, 1, 1, '0', '0', '0', '1969-12-31',
    '1969-12-31 23:59:59.999999+00', '1911-03-10 23:50:38')
) as v (n, b, i, l, r, d, small, half, wide, t, v, by, day, at, seen)
"""
ARROW = {
    "n": pa.int64(), "b": pa.bool_(), "i": pa.int32(), "l": pa.int64(), "r": pa.float32(),
    "d": pa.float64(), "small": pa.decimal128(8, 2), "half": pa.decimal128(18, 4),
    "wide": pa.decimal128(38, 10), "t": pa.string(), "v": pa.string(), "by": pa.binary(),
    "day": pa.date32(), "at": pa.timestamp("us", "UTC"), "seen": pa.timestamp("us"),
    "texts": pa.list_(pa.string()), "moments": pa.list_(pa.timestamp("us", "UTC")),
    "days": pa.list_(pa.date32()), "halves": pa.list_(pa.decimal128(18, 4)),
    "longs": pa.list_(pa.int64()), "never": pa.int32(),
}  # fmt: skip
"""The types of TYPES, as any reader's table comes to Arrow."""
Rows = list[tuple[Any, ...]]
"""In an order that any reader's rows can be brought into."""


def make_spec() -> str:
    """With a dataset for each disposition."""
    made = (
        DATASET.replace("NAME", name).replace("DISPOSITION", one)
        for name, one in DISPOSITIONS.items()
    )
    return SPEC.replace("  DATASETS\n", "".join(made))


def prepare(lab: Lab, types: str = TYPES) -> Lab:
    """The project, with what gold is made of."""
    lab.write()
    (lab.root / "include/sql/lab/sensors.sql").write_text(types)
    return lab


def run_day(lab: Lab, day: int) -> None:
    """The run of a day, in the plan's order."""
    lab.deliver(DAYS[day])
    run = lab.plan_run(day)
    for task in run.plan.tasks:
        run_step(task.step, run.context(task.task_id))


def lake_table(lab: Lab, kind: str, name: str) -> LakeTable:
    for step in list_lake_steps([lab.plan_run(0).plan]):
        if (step.table.name, step.target.format) == (name, kind):
            return open_lake_table(step, make_context(step, lab.surroundings()))
    raise AssertionError(f"no {name} is published as {kind}")


class _Days(Loader):
    """A date, in days since 1970."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        (days,) = struct.unpack("!i", data)
        return int(days) + 10_957


class _Micros(Loader):
    """A moment, in microseconds since 1970."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        (micros,) = struct.unpack("!q", data)
        return int(micros) + 946_684_800_000_000


def rows_of_warehouse(lab: Lab, table: TableName) -> Rows:
    """What readers of the warehouse see."""
    with psycopg.connect(lab.url) as connection:
        connection.adapters.register_loader("date", _Days)
        for name in ("timestamp", "timestamptz"):
            connection.adapters.register_loader(name, _Micros)
        with connection.cursor(binary=True) as cursor:
            named = sql.Identifier(table.schema, table.table)
            return arrange(cursor.execute(sql.SQL("SELECT * FROM {}").format(named)).fetchall())


def rows_of_reader(table: pa.Table) -> Rows:
    """The same of a table that came to Arrow."""
    columns = [column.cast(_in_numbers(column.type)).to_pylist() for column in table.columns]
    return arrange(zip(*columns, strict=True))


def arrange(rows: Any) -> Rows:
    return sorted(map(tuple, rows), key=repr)


def _in_numbers(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_in_numbers(kind.value_type))
    if pa.types.is_date32(kind):
        return pa.int32()
    return pa.int64() if pa.types.is_timestamp(kind) else kind
