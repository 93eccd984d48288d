"""Arrow batches into a table by binary COPY, in one transaction.

pgpq writes PostgreSQL's binary format six times as fast as the ADBC driver. ADBC does it where pgpq
has no wheel (Linux on ARM), and for arrays of timestamptz, which pgpq labels wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from typing import TYPE_CHECKING

from psycopg import sql

from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.arrow import connect_arrow
from medallion.warehouse.session.connection import translate_errors
from medallion.warehouse.session.transaction import Session, session

if TYPE_CHECKING:
    import pyarrow as pa
    from pgpq import ArrowToPostgresBinaryEncoder


def copy_arrow(
    url: str, table: TableName, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> int:
    """Append batches to a table, all of them or none; returns the number of rows.

    The table's columns of these names must have exactly the types of the batches: nothing is cast.
    Memory holds a batch, and two as they are sent. What `batches` raises is raised unchanged.

    Raises:
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    by_pgpq = find_spec("pgpq") is not None and not any(map(_is_array_of_moments, schema.types))
    copy: Callable[..., int] = copy_with_pgpq if by_pgpq else copy_with_adbc
    return copy(url, table, schema, batches)


def copy_with_pgpq(
    url: str, table: TableName, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> int:
    """`copy_arrow` by psycopg's COPY. pgpq cannot encode arrays of timestamptz."""
    with session(url, f"copying into {table}") as connection:
        return copy_within(connection, table, schema, batches)


def copy_within(
    connection: Session, table: TableName, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> int:
    """`copy_with_pgpq` as a part of an open transaction."""
    from pgpq import ArrowToPostgresBinaryEncoder

    encoder = ArrowToPostgresBinaryEncoder(schema)
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        identifier(table), sql.SQL(", ").join(map(sql.Identifier, schema.names))
    )
    with connection.cursor() as cursor:
        with cursor.copy(command) as copy:
            copy.write(encoder.write_header())
            for encoded in _encode(encoder, batches):
                copy.write(encoded)
            copy.write(encoder.finish())
        return cursor.rowcount


def _encode(
    encoder: ArrowToPostgresBinaryEncoder, batches: Iterable[pa.RecordBatch]
) -> Iterator[bytes]:
    """The batches as COPY takes them: each is encoded by a thread while the one before is sent."""
    with ThreadPoolExecutor(1, "medallion-encode") as pool:
        encoded: Future[bytes] | None = None
        for batch in batches:
            before, encoded = encoded, pool.submit(encoder.write_batch, batch)
            if before is not None:
                yield before.result()
        if encoded is not None:
            yield encoded.result()


def copy_with_adbc(
    url: str, table: TableName, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> int:
    """`copy_arrow` by ADBC's driver, which takes every type that the cleaning produces."""
    import pyarrow as pa

    source = _Watched(batches)
    reader = pa.RecordBatchReader.from_batches(schema, iter(source))
    try:
        with (
            translate_errors(f"copying into {table}"),
            connect_arrow(url) as connection,
            connection.cursor() as cursor,
        ):
            rows = cursor.adbc_ingest(
                table.table, reader, mode="append", db_schema_name=table.schema
            )
            connection.commit()
    except Exception:
        # The driver tells an error of its source as a text: the error itself says who must act.
        if source.error is not None:
            raise source.error from None
        raise
    return int(rows)


def _is_array_of_moments(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return (
        pa.types.is_list(kind)
        and pa.types.is_timestamp(kind.value_type)
        and kind.value_type.tz is not None
    )


class _Watched:
    """An iterable that remembers the error which ended it."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = batches
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except BaseException as error:
            self.error = error
            raise
