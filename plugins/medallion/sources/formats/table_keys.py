"""What an author may say of where a table is in its file, and what that is held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from medallion.model import SpecModel
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.encodings import codec_name
from medallion.sources.formats.shaped_table import MOST_FOOTER_RECORDS
from medallion.sources.formats.table_shape import Pairs, TableShape


def _as_list(value: object) -> object:
    return [value] if isinstance(value, int) and not isinstance(value, bool) else value


OneCharacter = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]$")]
DecimalMark = Annotated[str, StringConstraints(pattern=r"^[.,]$")]
CharacterOrNone = Annotated[str, StringConstraints(pattern=r"^([^\r\n\x00]|none)$")]
RowOrRows = Annotated[
    tuple[Annotated[int, Field(ge=1)], ...],
    Field(strict=False, max_length=5),
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"type": "integer", "minimum": 1}},
            ]
        }
    ),
]


_ENCODINGS = ("utf-8", "latin-1", "windows-1252", "utf-16", "iso-8859-15")
UNITED: Pairs = (("union_by_name", "true"),)
"""What a layout keeps of tables whose columns are those of all files: each part has a header of its
own."""


class RowKeys(SpecModel):
    """The keys of formats whose files hold rows of which some are not records."""

    skip_rows: int = Field(default=0, ge=0, le=1_000_000)
    """csv, excel, fixed_width: so many lines before the header (without one, before the records)
    are not looked at."""
    skip_footer: int = Field(default=0, ge=0, le=MOST_FOOTER_RECORDS)
    """csv, excel, fixed_width: so many rows at the end are not records. Blank ones do not count."""
    footer: str = ""
    """csv, excel, fixed_width: a regular expression; the first row that matches it, and those
    below, are not records. At most 20."""


class TextKeys(SpecModel):
    """The keys of formats whose files are text, with a record a line."""

    comment: OneCharacter | None = None
    """csv, fixed_width: a line that begins with it, outside of quotes, is not a record: #."""
    pad_short_rows: bool = False
    """csv, fixed_width: the fields that a record lacks at its end are empty; else it goes to
    quarantine."""
    encoding: str | None = None
    """csv, fixed_width: utf-8 (with or without BOM), latin-1, windows-1252 …; detected where it is
    not given."""


class UnitedKeys(SpecModel):
    """The key of formats whose files say their columns themselves."""

    union_by_name: bool = False
    """csv, excel, parquet: the files of a pattern may have different columns: the table has those
    of all, and each file is read by its own header."""


class HeaderRowKeys(SpecModel):
    """The key of formats whose files name their columns in a row."""

    header_row: RowOrRows = ()
    """csv, excel: the line on which the header begins, from 1 (of a sheet its row): 4. Several are
    joined into one: [4, 5]; an empty cell of an upper one has the name to its left."""


class DialectKeys(SpecModel):
    """The keys of text whose fields a character divides."""

    delimiter: OneCharacter | None = None
    """csv: detected where it is not given."""
    quote: CharacterOrNone | None = None
    """csv: detected where it is not given; `none` where quotes are characters like others."""
    escape: OneCharacter | None = None
    """csv: the character that takes the meaning of the next one, a quote, a delimiter or a line's
    end: a backslash. A doubled quote is read without it."""
    trailing_delimiter: bool = False
    """csv: lines end in a delimiter, behind which there is no field."""
    decimal: DecimalMark | None = None
    """csv: the decimal mark in columns of numbers: `,`. Verbs that say it themselves need none."""


class TableKeys(RowKeys, HeaderRowKeys, UnitedKeys):
    """The keys of formats whose files hold one table each, with its header."""

    header: bool = True
    """csv, excel: `false` where the first row is a record: `column_names` has the names then."""
    column_names: tuple[Annotated[str, Field(min_length=1)], ...] = Field(default=(), strict=False)
    """csv, excel: with `header: false`, a name for each field, in their order."""

    def shape(self) -> TableShape:
        """What the keys say together."""
        return TableShape(
            skip_rows=self.skip_rows,
            header_row=self.header_row,
            column_names=self.column_names,
            skip_footer=self.skip_footer,
            footer=self.footer,
        )

    def own(self) -> Pairs:
        """The same as a layout keeps it, with what else a part has to be read by."""
        return (*self.shape().pairs(), *(UNITED if self.union_by_name else ()))


def table_header(said: TableKeys) -> Iterator[KeyProblem]:
    """Where the columns' names come from is declared once: by the file's header, or by
    `column_names`."""
    if not said.header and not said.column_names:
        yield KeyProblem(
            key="header",
            problem="without a header the columns have no names",
            remedy="add `column_names: [id, name, …]`, one for each field",
        )
    if said.column_names and said.header:
        yield KeyProblem(
            key="column_names",
            problem="the file's header names the columns",
            remedy="say `header: false` if it has none; else remove column_names: `from` takes a "
            "name of the header",
        )
    if said.union_by_name and said.column_names:
        yield KeyProblem(
            key="union_by_name",
            problem="files without a header have the columns of `column_names`",
            remedy="remove it",
        )
    twice = [name for name, count in Counter(said.column_names).items() if count > 1]
    if twice:
        yield KeyProblem(
            key="column_names",
            problem=f"{', '.join(map(repr, twice))} occurs more than once",
            remedy="give each field a name of its own",
        )


def header_place(said: TableKeys) -> Iterator[KeyProblem]:
    """Where a header is, is declared once, and its rows are in their order."""
    if said.header_row and not said.header:
        yield KeyProblem(
            key="header_row", problem="there is no header", remedy="remove it, or `header: false`"
        )
    if said.header_row and said.skip_rows:
        yield KeyProblem(
            key="skip_rows",
            problem="header_row says already where the header is, counted from the first line",
            remedy="remove skip_rows",
        )
    if list(said.header_row) != sorted(set(said.header_row)):
        yield KeyProblem(
            key="header_row", problem="its rows are not in their order", remedy="write [1, 2]"
        )


def table_footer(said: RowKeys) -> Iterator[KeyProblem]:
    """A footer is counted, or recognised by its first row."""
    if said.skip_footer and said.footer:
        yield KeyProblem(
            key="skip_footer",
            problem="`footer` already sets where the footer begins",
            remedy="remove one of the two",
        )


def file_encoding(said: TextKeys) -> Iterator[KeyProblem]:
    """A file's encoding is a text encoding that Python knows."""
    if said.encoding is not None and codec_name(said.encoding) is None:
        problem = f"{said.encoding!r} is not a text encoding"
        yield KeyProblem(key="encoding", problem=problem, known=_ENCODINGS)


TABLE_RULES = (table_header, header_place, table_footer)
"""For every format with these keys."""
