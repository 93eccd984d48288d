"""One part, and the rows that are wanted of it: what every layer of the cleaning query asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from medallion.cleaning.declared.contract import OtherTypes
from medallion.cleaning.declared.decimal_marks import with_decimal_mark
from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.cleaning.duckdb import computed, reading
from medallion.cleaning.duckdb.quarantined_record import build_record, find_hidden_fields
from medallion.cleaning.duckdb.readers.reader import Reader
from medallion.cleaning.duckdb.readers.table import reader_of
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.duckdb.wide_records import long_records
from medallion.records import RecordLayout
from medallion.unpivot import UnpivotSpec, unpivot_layout


@dataclass(frozen=True, slots=True, kw_only=True)
class PartToClean:
    """One part, with the columns of its table resolved for its layout.

    Attributes:
        records: the SELECT of its records, unpivoted.
        layout: how those are laid out.
        columns: all columns, in the spec's order.
        fields: those of them that are read from a field; the others are computed.
        record_columns: the columns of `records` that hold the record as it came.
        record: the record as a JSON text for quarantine, made from those.
    """

    wanted: WantedRows
    reader: Reader
    records: exp.Select
    layout: RecordLayout
    columns: tuple[Column, ...]
    fields: tuple[Column, ...]
    record_columns: tuple[str, ...]
    record: exp.Expr

    @property
    def discards_values(self) -> bool:
        """Whether a value of another type than its column's becomes NULL, where it may."""
        return self.wanted.contract.data_type is OtherTypes.DISCARD_VALUE


def read_part(wanted: WantedRows, layout: RecordLayout, path: str) -> PartToClean:
    """The part at `path`, which is laid out like this. Nothing is opened.

    Raises:
        DataRejected: it has no such field, or two of a column's names.
    """
    reader = reader_of(layout)
    records, layout = _select_records(reader, layout, path, wanted.unpivot)
    named = with_decimal_mark(wanted.columns, layout.decimal)
    columns = reading.resolve(named, wanted.primary_key, layout)
    fields = tuple(column for column in columns if not computed.is_computed(column))
    record_columns, record = reader.whole_record(layout, fields)
    if hidden := find_hidden_fields(columns):
        record = build_record(fields, partial(reader.field, layout=layout), hidden)
    return PartToClean(
        wanted=wanted,
        reader=reader,
        records=records,
        layout=layout,
        columns=columns,
        fields=fields,
        record_columns=tuple(record_columns),
        record=reader.keep_whole(record),
    )


def _select_records(
    reader: Reader, layout: RecordLayout, path: str, unpivot: UnpivotSpec | None
) -> tuple[exp.Select, RecordLayout]:
    """The records that are cleaned, and how they are laid out."""
    records = reader.read(path, layout)
    if unpivot is None:
        return records, layout
    how = unpivot_layout(layout, unpivot)
    return long_records(records, how), how.layout
