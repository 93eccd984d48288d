"""Delimited text: CSV and its variants."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from medallion.records import DECIMAL, RecordLayout
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.compressions import open_compressed
from medallion.sources.formats.delimited_rows import Dialect
from medallion.sources.formats.dialects import (
    encloses_fields,
    find_delimiter,
    find_delimiter_of_table,
    find_quote,
    read_header,
)
from medallion.sources.formats.encodings import display_name
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.layout_keys import LayoutsKeys, layout_problems, table_layouts
from medallion.sources.formats.normal_form import COMMENTS, normal_copy, open_table
from medallion.sources.formats.record_count import count_records, undecodable
from medallion.sources.formats.shaped_table import BEFORE, COMMENT, FOOTER, TRIMMED
from medallion.sources.formats.table_keys import (
    TABLE_RULES,
    UNITED,
    DialectKeys,
    TableKeys,
    TextKeys,
    file_encoding,
)
from medallion.sources.formats.table_shape import Pairs, TableShape
from medallion.sources.formats.text_copies import open_text, readable_text

SAMPLE_CHARACTERS = 256 * 1024
_NO_QUOTE = "none"
_QUOTES = ('"', "'")


class DelimitedKeys(TableKeys, TextKeys, DialectKeys, LayoutsKeys):
    """What an author may say of delimited text."""

    def shape(self) -> TableShape:
        """What the keys say together."""
        return replace(
            super().shape(),
            comment=self.comment or "",
            escape=self.escape or "",
            quoted=self.quote != _NO_QUOTE,
            pad_short_rows=self.pad_short_rows,
            trailing_delimiter=self.trailing_delimiter,
        )

    def own(self) -> Pairs:
        """With the decimal mark of its numbers."""
        return (*super().own(), *(((DECIMAL, self.decimal),) if self.decimal else ()))


def quote_is_not_delimiter(said: DelimitedKeys) -> Iterator[KeyProblem]:
    """A file's quote and its delimiter are two characters."""
    if said.quote and said.quote == said.delimiter:
        yield KeyProblem(
            key="quote",
            problem=f"{said.quote!r} is the delimiter too",
            remedy="leave both out: they are detected",
        )


def one_meaning_a_character(said: DelimitedKeys) -> Iterator[KeyProblem]:
    """A file's escape and its mark of comments are characters without another meaning."""
    others = {"the delimiter": said.delimiter, "the quote": said.quote}
    for key in ("escape", "comment"):
        own = getattr(said, key)
        if own is None:
            continue
        for what, other in others.items():
            if own == other:
                doubled = key == "escape" and what == "the quote"
                yield KeyProblem(
                    key=key,
                    problem=f"{own!r} is {what} too",
                    remedy="remove it: a doubled quote is read as one"
                    if doubled
                    else f"fix one of the two, or remove {key}",
                )
        others[f"the {key}"] = own


_RULES = (file_encoding, quote_is_not_delimiter, one_meaning_a_character, *TABLE_RULES)


def text_layouts(said: DelimitedKeys) -> Iterator[KeyProblem]:
    """What a layout says of a text makes sense with what its source says."""
    yield from layout_problems(said, _RULES)


class Delimited(FileFormat):
    """Text with a header, and a line or more for each record."""

    keys = DelimitedKeys
    suffixes = (".csv", ".tsv", ".txt", ".psv")
    has_header = True
    has_delimiter = True
    values_are_texts = True
    rules = (*_RULES, table_layouts, text_layouts)

    def read_declared_encoding(self, said: DelimitedKeys) -> str | None:
        """`encoding` of the source; None where it is to be found from the bytes."""
        return said.encoding

    def find_header(self, file: FileAtHand, said: DelimitedKeys) -> tuple[str, ...]:
        """The columns' names, from the beginning of the text."""
        return find_header(file, said.delimiter, said.quote, said.shape())

    def examine(self, file: FileAtHand, said: DelimitedKeys) -> tuple[RecordLayout, int]:
        """The layout and the number of records, by the dialect that is declared or detected."""
        shape = said.shape()
        if shape.is_plain:
            layout, records = examine(file, said.delimiter, said.quote)
        else:
            layout, records = examine_table(file, said.delimiter, said.quote, shape)
        return replace(layout, own=said.own()), records

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """Itself in UTF-8, plain or gzip; else a copy in UTF-8, and in the normal form if it is
        more than a header and records."""
        if not TableShape.of(layout.own).is_plain:
            return normal_copy(part, layout, folder)
        if set(UNITED) <= set(layout.own):
            layout = replace(layout, columns=_header_of(part, layout))
        return readable_text(part, layout, folder)

    def facts(self, layout: RecordLayout) -> Mapping[str, object]:
        """Encoding and delimiter, which may have been detected."""
        return {"encoding": display_name(layout.encoding), "delimiter": layout.delimiter}


def examine(file: FileAtHand, delimiter: str | None, quote: str | None) -> tuple[RecordLayout, int]:
    """A file's layout and its number of records. What is declared is checked.

    Raises:
        SourceRefused: it has no header, or is not as declared.
    """
    layout = _lay_out_plain(file, delimiter, quote)
    return layout, count_records(file.name, file.path, layout)


def find_header(
    file: FileAtHand, delimiter: str | None, quote: str | None, shape: TableShape
) -> tuple[str, ...]:
    """The columns' names. What is declared is checked against the beginning of the text.

    Raises:
        SourceRefused: it has no header there, or is not as declared.
    """
    if shape.is_plain:
        return _lay_out_plain(file, delimiter, quote).columns
    layout = _lay_out_table(file, delimiter, quote, shape)
    with open_table(file.path, layout, file.name) as (table, _):
        return table.columns


def _lay_out_plain(file: FileAtHand, delimiter: str | None, quote: str | None) -> RecordLayout:
    try:
        with open_compressed(file.path, file.compression, file.name) as content:
            text = io.TextIOWrapper(content, encoding=file.encoding, newline="")
            sample = text.read(SAMPLE_CHARACTERS)
    except UnicodeError as error:
        raise undecodable(file.name, file.encoding, error, 1) from None
    found_quote = find_quote(sample, quote)
    found_delimiter = find_delimiter(file.name, sample, found_quote, delimiter)
    _doubt_quote(file, sample, found_delimiter, quote)
    return RecordLayout(
        format="csv",
        compression=file.compression,
        encoding=file.encoding,
        delimiter=found_delimiter,
        quote=found_quote,
        columns=read_header(file.name, sample, found_delimiter, found_quote),
    )


def _header_of(part: Path, layout: RecordLayout) -> tuple[str, ...]:
    with open_text(part, layout) as text:
        sample = text.read(SAMPLE_CHARACTERS)
    return read_header(part.name, sample, layout.delimiter, layout.quote)


def examine_table(
    file: FileAtHand, delimiter: str | None, quote: str | None, shape: TableShape
) -> tuple[RecordLayout, int]:
    """The same of a file of another shape: all of it is read as its copy will be.

    Raises:
        SourceRefused: it is not of that shape, or not as declared.
    """
    layout = _lay_out_table(file, delimiter, quote, shape)
    with open_table(file.path, layout, file.name) as (table, rows):
        records = sum(1 for _ in table.records())
        layout = replace(layout, columns=table.columns)
    table.passed.add(BEFORE, rows.list_skipped())
    table.passed.add(COMMENT, rows.list_comments())
    file.remarks.warnings += table.find_doubts()
    if table.looks:
        file.remarks.looks[file.name] = table.looks
    _remark(file, shape, {**table.left_out, COMMENTS: rows.comments})
    trims = table.header_ended or table.left_out[TRIMMED]
    if shape.trailing_delimiter and records and not trims:
        file.remarks.warnings.append(
            f"{file.name}: no record ends in a delimiter: `trailing_delimiter` does nothing"
        )
    return layout, records


def _lay_out_table(
    file: FileAtHand, delimiter: str | None, quote: str | None, shape: TableShape
) -> RecordLayout:
    """The layout, its columns not yet known."""
    layout = RecordLayout(
        format="csv", compression=file.compression, encoding=file.encoding, own=shape.pairs()
    )
    try:
        sample = _sample(file, layout, shape)
    except UnicodeError as error:
        raise undecodable(file.name, file.encoding, error, 1) from None
    found_quote = find_quote(sample, quote) if shape.quoted else ""
    dialect = Dialect(delimiter="", quote=found_quote, escape=shape.escape)
    found = find_delimiter_of_table(
        file.name, sample, dialect, delimiter, names=len(shape.column_names)
    )
    _doubt_quote(file, sample, found, quote if shape.quoted else _NO_QUOTE)
    # Without quotes the copy has some: those that the text of another file would have.
    return replace(layout, delimiter=found, quote=found_quote or ("'" if found == '"' else '"'))


def _doubt_quote(file: FileAtHand, sample: str, delimiter: str, declared: str | None) -> None:
    """Note quotes that enclose fields though the spec says otherwise: they stay in the values."""
    if declared is None:
        return
    for other in _QUOTES:
        if other != declared and encloses_fields(sample, delimiter, other):
            file.remarks.warnings.append(
                f"{file.name}: {other} encloses fields, and stays in the values, as the spec says "
                f"`quote: {declared}`"
            )


def _sample(file: FileAtHand, layout: RecordLayout, shape: TableShape) -> str:
    """The text from the header on, without comments."""
    with open_text(file.path, layout) as text:
        for _ in range(shape.lines_before):
            text.readline(SAMPLE_CHARACTERS)
        sample = text.read(SAMPLE_CHARACTERS)
    if not shape.comment:
        return sample.lstrip("\r\n")
    lines = io.StringIO(sample, newline="")
    return "".join(line for line in lines if not line.startswith(shape.comment)).lstrip("\r\n")


def _remark(file: FileAtHand, shape: TableShape, left_out: Mapping[str, int]) -> None:
    """Note what was left out, and keys that apply to nothing in the file."""
    file.remarks.counts.update({what: count for what, count in left_out.items() if count})
    if shape.footer and not left_out.get(FOOTER):
        file.remarks.warnings.append(f"{file.name}: `footer` matches no row: has its footer gone?")
