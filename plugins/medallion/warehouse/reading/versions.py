"""One version of a table, opened: its lineage, and its rows as Arrow batches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medallion.names import PublishedTable
from medallion.warehouse.reading import columns as shapes
from medallion.warehouse.reading import ledger
from medallion.warehouse.reading.columns import Numbers, ReadColumn
from medallion.warehouse.reading.lineage import Lineage
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.session import ReadSession, read_session

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = b"medallion"
"""The key of a schema's metadata that holds the lineage, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a table is read."""

    columns: tuple[str, ...] | None = None
    """None: all of the public view, Medallion's own among them."""
    numbers: Numbers = "exact"
    """`exact`: numerics are decimals; `float`: 64-bit floats, as most models want them."""
    as_text: frozenset[str] = frozenset()
    """Types that come as texts, by PostgreSQL's names."""
    order_by: tuple[str, ...] = ()


@dataclass(slots=True)
class RowCount:
    """How many rows a reader has been given so far."""

    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVersion:
    """A version that is being read. `batches` can be read once, within the block."""

    lineage: Lineage
    columns: tuple[ReadColumn, ...]
    batches: pa.RecordBatchReader


@contextmanager
def open_version(
    url: str, table: PublishedTable, pin: Pin, wanted: Wanted | None = None
) -> Iterator[OpenVersion]:
    """Open what a pin means. All batches are of that one version, whatever is published meanwhile.

    Raises:
        UnknownTable, NotAllowed, VersionGone, CannotRead: what the reader can do something about.
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    how = wanted or Wanted()
    with read_session(url, f"reading {table.public}") as session:
        lineage = pin_version(session, table, pin)
        found = shapes.columns_of(session, table, how.columns)
        found = shapes.with_shapes(session, table, found, numbers=how.numbers)
        query = shapes.select(
            table, found, numbers=how.numbers, as_text=how.as_text, order_by=how.order_by
        )
        with session.stream(query) as came:
            counted = RowCount()
            batches = shape_as_wanted(came, found, how.numbers, lineage, counted)
            yield OpenVersion(lineage=lineage, columns=found, batches=batches)
        session.note_rows(table.public, counted.rows)


def pin_version(session: ReadSession, table: PublishedTable, pin: Pin) -> Lineage:
    """Find what a pin means, and have the transaction's queries of the table's view read that."""
    ledger.lock(session, table)
    session.rows("settings")
    lineage = ledger.find(session, table, pin)
    session.rows("read_version", json.dumps({str(table.public): lineage.version}))
    return lineage


def shape_as_wanted(
    came: pa.RecordBatchReader,
    columns: Sequence[ReadColumn],
    numbers: Numbers,
    lineage: Lineage,
    counted: RowCount | None = None,
) -> pa.RecordBatchReader:
    """Batches as their reader gets them. What the query gives after `columns` stays as it came;
    `counted` counts the rows that are taken."""
    import pyarrow as pa

    types = [
        shapes.arrow_type(column, field.type, numbers)
        for column, field in zip(columns, came.schema, strict=False)
    ]
    more = list(came.schema)[len(columns) :]
    schema = pa.schema(
        [
            *(
                pa.field(column.name, kind, metadata=_describe(column))
                for column, kind in zip(columns, types, strict=True)
            ),
            *more,
        ],
        metadata={METADATA: lineage.to_json().encode()},
    )
    made = [shapes.convert(column, kind) for column, kind in zip(columns, types, strict=True)]

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in came:
            arrays = [one(values) for one, values in zip(made, batch.columns, strict=False)]
            arrays += batch.columns[len(made) :]
            if counted is not None:
                counted.rows += batch.num_rows
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _describe(column: ReadColumn) -> dict[str, str]:
    """PostgreSQL's type, and what the spec says of the column."""
    said = {"postgresql": column.spelled}
    return said | ({"description": column.description} if column.description else {})
