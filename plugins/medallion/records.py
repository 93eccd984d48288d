"""How the records of landed parts are laid out: written by a source, read by gate and clean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DECIMAL = "decimal"
"""What a layout calls the decimal mark of its numbers among its own pairs."""
PARENT = "_parent"
"""The object that a record is given where it was asked for with the values of another record."""
MESSAGE = "_message"
"""The object that a record of a stream is given: what the broker knows of the message."""
MESSAGE_PROBLEM = "problem"
"""In it, why the message cannot be read: it goes to quarantine, with this reason."""
PROBLEM_FIELD = "problem_field"
"""What a layout calls, among its own pairs, the field that says why a record goes to quarantine."""
MESSAGES = "messages"
"""What a layout calls records of a stream among its own pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLayout:
    """The way from a part's bytes to its records; the same for all parts of one landing.

    csv: the first record of each part is the header, whose names are `columns`.
    jsonl: each line is one JSON document (a response body). `records_path` is the dotted path of
    the array of records in it (`results`); empty where each line is itself one record. With
    `with_parent` each of them is read with the document's own object `_parent` as a field.
    parquet: `columns` in their order, and beside each, in `types`, what DuckDB calls its type.
    json: a part is one document, with the array of records at `records_path`; empty where it is the
    array. With `single_record` the document is one record. With `keys_as` among `own` there is an
    object of records, whose keys become a field.
    excel: a part is a workbook; the first row of the `area` of its `sheet` names the `columns`.
    """

    format: str
    """A key of `sources.formats.table.FORMATS`."""
    compression: Literal["none", "gzip", "bz2", "zip", "zstd"] = "none"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    columns: tuple[str, ...] = ()
    records_path: str = ""
    with_parent: bool = False
    types: tuple[str, ...] = ()
    single_record: bool = False
    sheet: str = ""
    area: str = ""
    own: tuple[tuple[str, str], ...] = ()
    """What else a format has to know to read a part: pairs of a name and a value."""

    @property
    def decimal(self) -> str:
        """The decimal mark of its numbers, where its source says it; else empty."""
        return dict(self.own).get(DECIMAL, "")

    @property
    def problem_field(self) -> str:
        """The field that says why a record goes to quarantine; empty: there is none."""
        return dict(self.own).get(PROBLEM_FIELD, "")

    @property
    def holds_messages(self) -> bool:
        """Whether each record has an object `_message`, which may say why it cannot be read."""
        return MESSAGES in dict(self.own)
