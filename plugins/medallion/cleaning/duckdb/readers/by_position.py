"""Parts whose records have columns: a field is found by its position, as a header can say
anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from medallion.cleaning.duckdb import parquet_values
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.naming import column_of, name_value
from medallion.cleaning.duckdb.readers.reader import Reader
from medallion.cleaning.duckdb.reading import Column
from medallion.closest import closest
from medallion.errors import DataRejected
from medallion.records import RecordLayout

WIDE = 200
"""Of a record of more fields a quarantined row keeps those that the spec names: bronze has the
others, and thousands of them, carried through the query, would fill the memory.
"""


class Placed(Reader):
    """A record is the columns `_1`, `_2` … in the layout's order."""

    missing: tuple[str, str, str]
    """The message where a column is missing: what has none, what it has, and what to do."""

    def whole_record(
        self, layout: RecordLayout, columns: Iterable[Column]
    ) -> tuple[list[str], exp.Expr]:
        """The fields under their names; of a record with very many, those that the spec names."""
        # Making the text of a record is dear: it is made at the end, for the rows that need it.
        types = layout.types or (parquet_values.TEXT,) * len(layout.columns)
        kept = list(zip(layout.columns, places(layout), types, strict=True))
        if len(kept) > WIDE:
            wanted = {column.field for column in columns}
            kept = [place for place in kept if place[0] in wanted]
        pairs: list[exp.Expr | str] = []
        for header, name, held in kept:
            value = column_of(name)
            pairs += [header, parquet_values.json_of(value, held) if layout.types else value]
        return [name for _, name, _ in kept], exp.cast(call("json_object", *pairs), "text")

    def fields(self, columns: Sequence[Column], layout: RecordLayout) -> list[exp.Expr]:
        """Each column's field by its position; NULL of an optional one that is missing. See
        `Reader.fields`."""
        place_of = dict(_name_places(layout))
        missing = sorted(
            {c.field: c for c in columns if c.field not in place_of and not c.spec.optional}.items()
        )
        if missing:
            what, whose, remedy = self.missing
            names = [" or ".join(map(repr, c.spec.reads(c.name))) for _, c in missing]
            raise DataRejected(
                f"the {what} no column {', '.join(names)}; {whose} "
                f"{', '.join(map(repr, layout.columns))}",
                remedy=_suggest_names([name for name, _ in missing], layout) + remedy,
            )
        return [
            name_value(column.name, _field(column, column_of(place_of[column.field])))
            if column.field in place_of
            else name_value(column.name, exp.cast(exp.null(), "text"))
            for column in columns
        ]

    def field(self, name: str, layout: RecordLayout) -> exp.Expr:
        """The field by its place among the columns. NULL where the part lacks it: that is reported
        where the fields are read."""
        if name not in layout.columns:
            return exp.null()  # a missing column is reported where the fields are read
        place = layout.columns.index(name)
        value = column_of(f"_{place + 1}")
        return parquet_values.json_of(value, layout.types[place]) if layout.types else value

    def has_other_fields(self, layout: RecordLayout, known: Iterable[str]) -> exp.Expr:
        """Whether a field of another name holds more than an empty text."""
        known = frozenset(known)
        types = layout.types or (parquet_values.TEXT,) * len(layout.columns)
        found: list[exp.Expr] = []
        for (name, place), held_as in zip(_name_places(layout), types, strict=True):
            if name in known:
                continue
            value: exp.Expr = column_of(place)
            if held_as == parquet_values.TEXT:
                value = call("nullif", value, exp.Literal.string(""))
            found.append(exp.not_(value.is_(exp.null())))
        return exp.or_(*found) if found else exp.false()


def _field(column: Column, value: exp.Expr) -> exp.Expr:
    """A value of the record as it leaves: as it is held, as its text, or as a list of texts."""
    element = parquet_values.element_of(column.held)
    if column.straight or not column.held or (column.holds_list and element == parquet_values.TEXT):
        return value
    if not (column.type.array and element):
        return parquet_values.text_of(value, column.held)
    name = exp.to_identifier("element")
    text = parquet_values.text_of(exp.column(name), element)
    return call("list_transform", value, exp.Lambda(this=text, expressions=[name.copy()]))


def _suggest_names(missing: Iterable[str], layout: RecordLayout) -> str:
    close = [closest(name, layout.columns) for name in missing]
    names = [repr(name) for name in close if name is not None]
    return f"did you mean {', '.join(names)}? " if names else ""


def _name_places(layout: RecordLayout) -> list[tuple[str, str]]:
    """Each field's name, and the column that holds it."""
    return list(zip(layout.columns, places(layout), strict=True))


def places(layout: RecordLayout) -> list[str]:
    """Fields by their place: a header can say anything."""
    return [f"_{number}" for number in range(1, len(layout.columns) + 1)]
