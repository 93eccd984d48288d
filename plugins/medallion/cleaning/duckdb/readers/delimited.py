"""Parts of delimited text with a header. A record may have several lines."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from medallion.cleaning.duckdb.naming import column_of
from medallion.cleaning.duckdb.readers.by_position import Placed, places
from medallion.cleaning.duckdb.readers.reader import table_function
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.verbs.templates import fill
from medallion.records import RecordLayout

_MARK = 0xFEFF
_NO_NULL = r"\N~none~"
"""What means NULL in a CSV: nothing does, before the spec's null_values have their say."""


class Delimited(Placed):
    """Every field is a text; lines that are not records are kept apart by the engine."""

    leaves_lines_out = True
    missing = ("file has", "its header is", "name the header in `from`, or fix the file")

    def read(self, path: str, layout: RecordLayout) -> exp.Select:
        """The columns `_1`, `_2` … by the dialect found at landing: nothing is detected again."""
        columns = exp.Struct(
            expressions=[
                exp.PropertyEQ(
                    this=exp.to_identifier(name), expression=exp.Literal.string("VARCHAR")
                )
                for name in places(layout)
            ]
        )
        part = table_function(
            "read_csv",
            path,
            columns=columns,
            auto_detect=exp.false(),
            header=exp.true(),
            delim=exp.Literal.string(layout.delimiter),
            quote=exp.Literal.string(layout.quote),
            escape=exp.Literal.string(layout.quote),
            nullstr=exp.Literal.string(_NO_NULL),
            compression=exp.Literal.string(layout.compression),
            store_rejects=exp.true(),
            rejects_limit=exp.Literal.number(0),
        )
        return exp.select("*").from_(part)

    def problem(self, columns: Sequence[Column], layout: RecordLayout) -> exp.Expr | None:
        """A byte order mark inside a CSV: the file was made by putting several together, headers
        included."""
        return fill(
            "CASE WHEN starts_with(field, chr(mark)) THEN text END",
            field=column_of("_1"),
            mark=exp.Literal.number(_MARK),
            text="record: begins with a mark of UTF-8: the file was put together from several",
        )

    def keep_whole(self, record: exp.Expr) -> exp.Expr:
        """Unchanged: a header has each name once."""
        return record
