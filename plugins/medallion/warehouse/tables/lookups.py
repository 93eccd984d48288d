"""A published table's values by key, read whole as texts, for the cleaning's look-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from medallion.errors import DataRejected
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.connection import translate_errors
from medallion.warehouse.session.statements import statements

if TYPE_CHECKING:
    import pyarrow as pa

SQL = "tables/lookups.sql"
_FETCH_ROWS = 50_000


def read_lookup(
    connection: psycopg.Connection, table: TableName, *, key: str, value: str
) -> pa.Table:
    """An Arrow table of two texts, `_key` (unique) and `_value`, in memory. NULL keys are left out.

    Raises:
        DataRejected: a key has several values.
    """
    import pyarrow as pa

    query = statements(SQL)["values"].format(
        key=sql.Identifier(key), value=sql.Identifier(value), table=identifier(table)
    )
    schema = pa.schema([("_key", pa.string()), ("_value", pa.string())])
    batches = []
    with translate_errors(f"looking up {key} in {table}"), connection.cursor("lookup") as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_FETCH_ROWS):
            keys, values, counts = zip(*rows, strict=True)
            _must_be_unique(table, key, value, dict(zip(keys, counts, strict=True)))
            batches.append(
                pa.RecordBatch.from_arrays(
                    [pa.array(keys, pa.string()), pa.array(values, pa.string())], schema=schema
                )
            )
    return pa.Table.from_batches(batches, schema)


def _must_be_unique(table: TableName, key: str, value: str, counts: dict[str, int]) -> None:
    ambiguous = [found for found, count in counts.items() if count > 1]
    if ambiguous:
        raise DataRejected(
            f"{table} has several {value} for one {key}, such as {ambiguous[0]!r} "
            f"({counts[ambiguous[0]]} values): a look-up cannot choose",
            remedy=f"look up by a column that is unique there, or make {key} so",
        )
