"""The columns and records of a table, from its rows: what its shape says is not a record is left
out, and counted.

A record of too many or too few fields is handed on as it is: it belongs into quarantine.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from medallion.errors import SourceRefused
from medallion.prose import tally
from medallion.sources.formats.column_looks import Looks, looks_of
from medallion.sources.formats.delimited_rows import Row
from medallion.sources.formats.headers import column_names, join_headers
from medallion.sources.formats.record_look import FIRST_RECORDS, YEAR, RecordLook, are_names
from medallion.sources.formats.table_shape import TableShape
from medallion.sources.formats.total_words import BEGINS

MOST_FOOTER_RECORDS = 20
_BATCH_ROWS, _BATCH_CHARACTERS = 4096, 4 * 1024 * 1024

FOOTER, PADDED, TRIMMED = "footer_records", "padded_records", "trailing_delimiters"
"""What is counted, as a landing's manifest notes it."""
BEFORE, COMMENT = "before", "comment"
_SKIP_FOOTER, _FOOTER = "skip_footer", "footer"
"""Why a row is none of the records."""
_PASSED = {
    BEFORE: "what is above the header or the records",
    COMMENT: "a comment",
    _SKIP_FOOTER: "a row of the footer",
    _FOOTER: "a row of the footer",
}
_ASKED = {
    BEFORE: "has the file fewer lines above them than `skip_rows` or `header_row` says?",
    COMMENT: "does `comment` mean this line?",
    _SKIP_FOOTER: "has the footer fewer rows than `skip_footer` says?",
    _FOOTER: "does `footer` match a record above it?",
}
_MOST_PASSED = 200


class PassedRows:
    """Rows that the table's shape leaves out, each with why; the first 200 of a kind, and of
    those above the records the last ones."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, Row]] = []

    def add(self, why: str, rows: Iterable[Row]) -> None:
        """Keep some of them, to be looked at."""
        self.rows += [(why, row) for row in islice(rows, _MOST_PASSED) if row.fields]


class ShapedTable:
    """A table that is read once: first `columns`, then `records`.

    Args:
        rows: blank ones are neither header nor record.
        name: the file's in messages.
        separator: what is between two fields where `footer` is matched.
        unit: what `Row.line` counts.
        wrong_width: what to do if no record has as many fields as there are names.
    """

    def __init__(
        self,
        rows: Iterable[Row],
        shape: TableShape,
        name: str,
        *,
        separator: str = ",",
        unit: str = "line",
        wrong_width: str = "write a name for each field; is the `delimiter` right?",
    ) -> None:
        self._rows = iter(rows)
        self._shape = shape
        self._name = name
        self._separator = separator
        self._unit = unit
        self._wrong_width = wrong_width
        self._widths: Counter[int] = Counter()
        self._header_line = 0
        self._first_record: Row | None = None
        self._last_record: Row | None = None
        self._whole = self._short = 0
        """Records with a field for each column, and those that were filled up."""
        self.header_ended = False
        """Whether the header ended in a delimiter, which was to be taken off."""
        self.looks: Looks = {}
        """What the values of each column look like, where the file does not name them."""
        self.passed = PassedRows()
        """What the shape leaves out; whoever cuts the rows adds those that never come here."""
        self.left_out: Counter[str] = Counter()
        """What was found beside plain records; complete once `records` is used up."""
        self.columns = self._name_columns()
        self._look = RecordLook(len(self.columns))

    def records(self) -> Iterator[Row]:
        """The records in their order.

        Raises:
            SourceRefused: the table does not end as its shape says, or no record has as many
                fields as there are `column_names`.
        """
        shape = self._shape
        rows: Iterator[Row] = (row for row in self._rows if row.fields)
        if shape.skip_footer:
            rows = self._without_last(rows)
        elif shape.footer:
            rows = self._without_footer(rows)
        if shape.trailing_delimiter:
            rows = map(self._trim, rows)
        rows = self._look_at(rows)
        if shape.pad_short_rows:
            rows = map(self._pad, rows)
        if not shape.column_names:
            yield from rows
            return
        for row in rows:
            self._widths[min(len(row.fields), len(self.columns) + 1)] += 1
            yield row
        self._hold_width()

    def find_doubts(self) -> list[str]:
        """What speaks against the shape, each as a sentence with the place; complete once `records`
        is used up. Nothing of it is certain: the table is read by its shape all the same."""
        found = [
            f"{self._name}, {self._unit} {row.line}: {_PASSED[key]} looks like a record, and is "
            f"not read: {_ASKED[key]}"
            for key, row in self.passed.rows
            if self._look.is_like(row.fields) and not self._is_total(key, row)
        ]
        last = self._last_record
        if self._shape.skip_footer and last is not None and BEGINS.match(last.fields[0].strip()):
            found.append(
                f"{self._name}, {self._unit} {last.line}: the last record begins like a total: has "
                "the footer more rows than `skip_footer` says?"
            )
        if self._shape.pad_short_rows and self._short and not self._whole:
            every = f"all {self._short:,} records are" if self._short > 1 else "the only record is"
            found.append(
                f"{self._name}: {every} short, and filled up to {len(self.columns)} fields: has "
                "the file lost a column?"
            )
        if not self._shape.column_names and self._look.is_like(_without_years(self.columns)):
            found.append(
                f"{self._name}, {self._unit} {self._header_line}: the header looks like a record: "
                "is it on another line now, or has it gone?"
            )
        first = self._first_record
        if self._shape.column_names and first and self._look.is_unlike(first.fields):
            found.append(
                f"{self._name}, {self._unit} {first.line}: the first record looks like a header, "
                "and the spec says that the file has none"
            )
        return found

    @staticmethod
    def _is_total(key: str, row: Row) -> bool:
        return key == _SKIP_FOOTER and BEGINS.match(row.fields[0].strip()) is not None

    def _look_at(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows; the first of them say what records look like.

        Raises:
            SourceRefused: the first one has the names that the columns are given.
        """
        rows = iter(rows)
        first = list(islice(rows, FIRST_RECORDS))
        self._first_record = next(iter(first), None)
        names = self._shape.column_names
        if names:
            self.looks = looks_of(names, [row.fields for row in first])
        if self._first_record and names and are_names(self._first_record.fields, names):
            raise SourceRefused(
                f"{self._name}, {self._unit} {self._first_record.line}: it has a header, the names "
                "of `column_names`, and the spec says that it has none",
                remedy="skip it by `skip_rows`; or remove `header: false` and `column_names`, "
                "where the format has them",
            )
        for row in first[bool(names) :]:  # without names in the spec the header is known to be one
            self._look.see(row.fields)
        return chain(first, rows)

    def _name_columns(self) -> tuple[str, ...]:
        shape = self._shape
        if shape.column_names:
            return shape.column_names
        rows = self._header_rows() if shape.header_row else self._first_row()
        if shape.trailing_delimiter:
            self.header_ended = any(cells and not cells[-1].strip() for cells in rows)
            rows = [cells[:-1] if cells and not cells[-1].strip() else cells for cells in rows]
        header = join_headers(rows)
        if not any(header):
            raise SourceRefused(
                f"{self._name} has no header at the declared line: no cell there has a name",
                remedy="fix `skip_rows` or `header_row`; a file without one is read by "
                "`header: false` and `column_names`",
            )
        return column_names(header)

    def _first_row(self) -> list[list[str]]:
        row = next((row for row in self._rows if row.fields), None)
        if row is None:
            raise SourceRefused(
                f"{self._name} has no header" + ("" if self._shape.skip_rows else ": it is empty"),
                remedy="a file has at least its header; does `skip_rows` skip it?",
            )
        self._header_line = row.line
        return [row.fields]

    def _header_rows(self) -> list[list[str]]:
        wanted = list(self._shape.header_row)
        found: list[list[str]] = []
        for row in self._rows:
            if row.line == wanted[len(found)]:
                found.append(row.fields)
            elif row.line > wanted[len(found)]:
                break
            if len(found) == len(wanted):
                self._header_line = row.line
                return found
        raise SourceRefused(
            f"{self._name}: no row begins on {self._unit} {wanted[len(found)]}, where the header "
            "should be",
            remedy=f"fix `header_row`: it counts the {self._unit}s of the file from 1",
        )

    def _without_last(self, rows: Iterable[Row]) -> Iterator[Row]:
        held: deque[Row] = deque()
        wanted = self._shape.skip_footer
        for row in rows:
            held.append(row)
            if len(held) > wanted:
                self._last_record = held.popleft()
                yield self._last_record
        if len(held) < wanted:
            raise SourceRefused(
                f"{self._name} has {tally(len(held), 'row')} after its header, and the last "
                f"{wanted} are "
                "said to be its footer",
                remedy="fix `skip_footer`, or the file",
            )
        self.left_out[FOOTER] += wanted
        self.passed.add(_SKIP_FOOTER, held)

    def _without_footer(self, rows: Iterable[Row]) -> Iterator[Row]:
        held: list[Row] = []
        for batch in _batches(rows):
            if not held:
                at = _first_match(self._shape.footer, map(self._text, batch))
                yield from batch[:at]
                held = [] if at is None else list(batch[at:])
            else:
                held += batch
            if len(held) > MOST_FOOTER_RECORDS:
                raise SourceRefused(
                    f"{self._name}, {self._unit} {held[0].line}: `footer` matches it, and more "
                    f"than {MOST_FOOTER_RECORDS - 1} records follow: it is in the middle",
                    remedy="make `footer` match the first record of the footer only; totals "
                    "between the records are left out by silver's `filter`",
                )
        self.left_out[FOOTER] += len(held)
        self.passed.add(_FOOTER, held[1:])  # the first one is a footer by its own words

    def _text(self, row: Row) -> str:
        return row.text or self._separator.join(row.fields)

    def _trim(self, row: Row) -> Row:
        if len(row.fields) != len(self.columns) + 1 or row.fields[-1].strip():
            return row
        self.left_out[TRIMMED] += 1
        return row._replace(fields=row.fields[:-1])

    def _pad(self, row: Row) -> Row:
        lacks = len(self.columns) - len(row.fields)
        if lacks <= 0:
            self._whole += 1
            return row
        self._short += 1
        self.left_out[PADDED] += 1
        return row._replace(fields=[*row.fields, *[""] * lacks])

    def _hold_width(self) -> None:
        width = len(self.columns)
        if not self._widths or width in self._widths:
            return
        ((most, _),) = self._widths.most_common(1)
        raise SourceRefused(
            f"{self._name}: {width} columns have names, and no record has {width} fields: "
            f"most have {'more' if most > width else most}",
            remedy=self._wrong_width,
        )


def _without_years(names: Sequence[str]) -> list[str]:
    """The names of a header; a year is a name like others."""
    return ["year" if YEAR.fullmatch(name) else name for name in names]


def _batches(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    batch: list[Row] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += sum(map(len, row.fields))
        if len(batch) == _BATCH_ROWS or characters > _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _first_match(pattern: str, texts: Iterable[str]) -> int | None:
    """The place of the first text that has a match; None if none has.

    RE2, which reads a text once whatever the pattern is.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    matches = pc.match_substring_regex(pa.array(texts, pa.large_string()), pattern)
    at = pc.index(matches, True).as_py()
    return None if at < 0 else at
