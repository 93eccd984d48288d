"""Arrow batches into a table by binary COPY, in one transaction.

pgpq writes PostgreSQL's binary format six times as fast as the ADBC driver. ADBC does it where pgpq
has no wheel (Linux on ARM), and for arrays of timestamptz, which pgpq labels wrongly.

A COPY keeps one processor of the server busy, and its encoding one here: where there are more than
two, batches go by several COPYs side by side, each on a connection of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from itertools import chain
from queue import Empty, Full, Queue
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING

from psycopg import sql

from medallion.errors import SetupError
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.arrow import connect_arrow
from medallion.warehouse.session.connection import translate_errors
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.staging import NewStaging, write_early

if TYPE_CHECKING:
    import pyarrow as pa
    from pgpq import ArrowToPostgresBinaryEncoder


STREAMS = "MEDALLION_COPY_STREAMS"
MOST_STREAMS = 4
_WAKE_SECONDS = 0.5
"""How often a stream that waits looks whether another one has failed."""


def count_streams() -> int:
    """How many COPYs a cleaning has at once: half of the processors, at most 4, or as the
    environment variable says.

    Raises:
        SetupError: what it says is not such a number.
    """
    given = os.environ.get(STREAMS)
    if given is None:
        return max(1, min(MOST_STREAMS, (os.cpu_count() or 1) // 2))
    if given.isdecimal() and 1 <= int(given) <= MOST_STREAMS:
        return int(given)
    raise SetupError(
        f"the environment variable {STREAMS} is not a whole number from 1 to {MOST_STREAMS}",
        remedy="correct it, or take it away: then it is half of the machine's processors",
    )


def copy_arrow(
    url: str,
    table: TableName,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    streams: int = 1,
    new: NewStaging | None = None,
) -> int:
    """Append batches to a table, all of them or none; returns the number of rows. With `new` the
    table of that name is made first; by one stream in the transaction of its rows (`fill_new`).

    The table's columns of these names must have exactly the types of the batches: nothing is cast.
    Memory holds a batch, and two for each stream. What `batches` raises is raised unchanged.

    With several streams rows come in no order, and each stream is a transaction of its own: they
    commit once all have copied. A crash between two of these commits leaves some rows there, so
    this is for tables that the next try drops.

    Raises:
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    by_pgpq = find_spec("pgpq") is not None and not any(map(_is_array_of_moments, schema.types))
    if new is not None:
        if by_pgpq and streams == 1:
            return fill_new(url, new, schema, batches)
        create_new(url, new)
    copy: Callable[..., int] = copy_with_adbc
    if by_pgpq:
        copy = copy_with_pgpq if streams == 1 else partial(copy_in_streams, streams=streams)
    return copy(url, table, schema, batches)


def copy_in_streams(
    url: str, table: TableName, schema: pa.Schema, batches: Iterable[pa.RecordBatch], streams: int
) -> int:
    """`copy_with_pgpq` by so many COPYs at once."""
    shared = _SharedOut(streams)

    def copy() -> int:
        with shared.ending_with_the_others(), session(url, f"copying into {table}") as connection:
            rows = copy_within(connection, table, schema, shared.take())
            shared.wait_for_the_others()
            return rows

    with ThreadPoolExecutor(streams, "medallion-copy") as pool:
        copies = [pool.submit(copy) for _ in range(streams)]
        with suppress(BrokenBarrierError), shared.ending_with_the_others():
            for batch in chain(batches, [None] * streams):
                shared.put(batch)
            wait(copies)
        return sum(_results_of(copies))


class _SharedOut:
    """Batches for whichever stream is free. Where one thread fails, all of them stop."""

    def __init__(self, streams: int) -> None:
        self._waiting: Queue[pa.RecordBatch | None] = Queue(streams)
        self._together = Barrier(streams)

    def put(self, batch: pa.RecordBatch | None) -> None:
        """Wait for room; None is for one stream, which ends.

        Raises:
            BrokenBarrierError: another thread has failed; the same of the others.
        """
        while not self._together.broken:
            with suppress(Full):
                self._waiting.put(batch, timeout=_WAKE_SECONDS)
                return
        raise BrokenBarrierError

    def take(self) -> Iterator[pa.RecordBatch]:
        """What a stream gets."""
        while not self._together.broken:
            with suppress(Empty):
                batch = self._waiting.get(timeout=_WAKE_SECONDS)
                if batch is None:
                    return
                yield batch
        raise BrokenBarrierError

    def wait_for_the_others(self) -> None:
        """Until each stream has copied all that it got."""
        self._together.wait()

    @contextmanager
    def ending_with_the_others(self) -> Iterator[None]:
        """What fails in the block ends the other threads, too."""
        try:
            yield
        except BaseException:
            self._together.abort()
            raise


def _results_of(copies: Iterable[Future[int]]) -> list[int]:
    """Of each stream; where one failed, what it failed of, and not that the others stopped."""
    failed = [error for one in copies if (error := one.exception()) is not None]
    for error in failed:
        if not isinstance(error, BrokenBarrierError):
            raise error
    return [one.result() for one in copies]


def copy_with_pgpq(
    url: str, table: TableName, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> int:
    """`copy_arrow` by psycopg's COPY. pgpq cannot encode arrays of timestamptz."""
    with session(url, f"copying into {table}") as connection:
        return copy_within(connection, table, schema, batches)


def create_new(url: str, new: NewStaging) -> None:
    """Make a staging table, in a transaction of its own."""
    with session(url, f"creating {new.name}") as connection:
        new.create(connection)


def fill_new(
    url: str, new: NewStaging, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> int:
    """Make a staging table and copy batches into it, in one transaction: until then nobody sees it.

    Its rows are frozen: they count as old at once, so that no scan and no vacuum writes them once
    more to say so. A server that ships no log (`wal_level = minimal`) writes none of them to it.
    """
    with session(url, f"copying into {new.name}") as connection:
        if new.logged:
            write_early(connection)
        new.create(connection)
        return copy_within(connection, new.name, schema, batches, frozen=True)


def copy_within(
    connection: Session,
    table: TableName,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    frozen: bool = False,
) -> int:
    """`copy_with_pgpq` as a part of an open transaction, which has made the table where rows are
    to be `frozen`."""
    from pgpq import ArrowToPostgresBinaryEncoder

    encoder = ArrowToPostgresBinaryEncoder(schema)
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary, FREEZE {})").format(
        identifier(table), sql.SQL(", ").join(map(sql.Identifier, schema.names)), frozen
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
