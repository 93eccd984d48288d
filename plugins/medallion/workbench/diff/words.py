"""The sentences of a data diff's reports, the same in each form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from medallion.prose import tally
from medallion.spec.messages.report import visible
from medallion.warehouse.tables.table_diff import LONGEST, Texts
from medallion.workbench.diff.found import Aggregate, ColumnDiff, RowExample, TableDiff

PROTECTED = "(protected)"
NULL = "NULL"


def title(found: TableDiff) -> str:
    """The heading: the table, what it would be, and the version that it is compared with."""
    against = "nothing published yet"
    if found.version is not None and found.published_at is not None:
        against = f"version {found.version}, published {found.published_at:%Y-%m-%d %H:%M} UTC"
    return f"{found.table.public}: {found.source} against {against}"


def verdict(found: TableDiff) -> str:
    """The difference in one sentence, the first that anybody reads."""
    rows, schema = found.rows, found.schema
    if rows is None:
        return f"never published: {tally(found.rows_after, 'row')} would be new"
    if not found.is_different:
        return f"no difference: {tally(rows.same, 'row')} the same"
    by_word = {"added": rows.added, "removed": rows.removed, "changed": rows.changed}
    moved = [f"{count:,} {word}" for word, count in by_word.items() if count]
    if moved:
        # "1 row added, 2 changed"
        first, _, word = moved[0].partition(" ")
        moved[0] = f"{first} row{'s'[: first != '1']} {word}"
    columns = [
        f"{tally(len(some), 'column')} {word}"
        for word, some in (
            ("added", schema.added), ("removed", schema.removed), ("retyped", schema.retyped)
        )
        if some
    ]  # fmt: skip
    said = "; ".join(filter(None, [", ".join(moved) or "no row differs", ", ".join(columns)]))
    return f"{said}; {rows.same:,} rows the same"


def schema_lines(found: TableDiff) -> Iterator[tuple[str, str, str]]:
    """A sign, a column, and what becomes of it."""
    for column in found.schema.added:
        measured = {a.measure: a.after for a in found.aggregates if a.column == column.name}
        said = [f"{number(measured.get('nulls'))} NULLs"]
        if measured.get("min") is not None:
            said.append(f"{number(measured['min'])} to {number(measured['max'])}")
        yield "+", column.name, f"added, {column.type}: {', '.join(said)}"
    for column in found.schema.removed:
        yield "-", column.name, f"removed, {column.type}"
    for name, before, after in found.schema.retyped:
        yield "~", name, f"{before} → {after}"


def row_lines(found: TableDiff) -> Iterator[tuple[str, str]]:
    """What there is to say of the numbers of rows."""
    rows = found.rows
    if rows is None:
        yield "rows", f"{found.rows_after:,} new"
        return
    yield "rows", f"{rows.before:,} → {rows.after:,}"
    yield "compared by", ", ".join(found.key) or "whole rows"
    if found.untouched:
        yield "untouched", f"{found.untouched:,} published rows that such a run leaves as they are"
    uncompared = rows.uncompared_before, rows.uncompared_after
    if any(uncompared):
        before, after = uncompared
        yield (
            "not compared",
            f"{before:,} → {after:,} rows whose key is not whole, or that of others too",
        )


def describe_changed(rows: int, found: TableDiff) -> str:
    """In how many of the rows that both sides have a column differs."""
    there = found.rows.changed + found.rows.same if found.rows else 0
    share = f" ({rows / there:.0%})" if there and rows / there >= 0.005 else ""
    return f"{rows:,}{share}"


def key_text(key: Texts, found: TableDiff) -> str:
    """`id = 7`, of each column of the key."""
    return ", ".join(
        f"{name} = {PROTECTED if name in found.hidden else value(text)}"
        for name, text in zip(found.key, key, strict=False)
    )


def example_text(row: RowExample, found: TableDiff) -> str:
    """A row that only one side has."""
    cells = [f"{name} = {value(text)}" for name, text in row.values]
    times = f" ({row.times:,} times)" if row.times != 1 else ""
    return ", ".join(filter(None, [key_text(row.key, found), *cells])) + times


def value(text: str | None, longest: int = LONGEST) -> str:
    """A value of data as it is shown: control characters are visible, a long one is cut.

    >>> value(None), value("abcdef", longest=3), value("")
    ('NULL', 'abc…', "''")
    """
    if text is None:
        return NULL
    shown = visible(text)
    return (f"{shown[:longest]}…" if len(shown) > longest else shown) or "''"


def values_apart(before: str | None, after: str | None, longest: int) -> tuple[str, str]:
    """Two values as they are shown, from where they differ if that is not at their beginnings.

    >>> values_apart("a long text that ends so", "a long text that ends thus", longest=10)
    ('…s so', '…s thus')
    >>> values_apart("red", None, longest=10)
    ('red', 'NULL')
    """
    if before is None or after is None or max(len(before), len(after)) <= longest:
        return value(before, longest), value(after, longest)
    pairs = enumerate(zip(before, after, strict=False))
    same = next((at for at, (old, new) in pairs if old != new), min(len(before), len(after)))
    start = max(same - longest // 4, 0) if same > longest // 2 else 0
    lead = "…" if start else ""
    return lead + value(before[start:], longest), lead + value(after[start:], longest)


def list_changed_aggregates(found: TableDiff) -> tuple[Aggregate, ...]:
    """Those that differ; of columns that both sides have, and of rows that were left out. A mean
    that moves as its sum does says nothing more. Of a table that is new there is no other side."""
    both = {""} if found.rows is None else {"", *found.key, *(one.name for one in found.columns)}
    changed = [one for one in found.aggregates if one.column in both and one.before != one.after]
    sums = {one.column: move(one) for one in changed if one.measure == "sum"}
    return tuple(
        one for one in changed if one.measure != "mean" or move(one) != sums.get(one.column, "")
    )


def number(text: str | None) -> str:
    """A measure with thousands separated; another text stays as it is.

    >>> number("1234567.50"), number("2026-01-31"), number(None)
    ('1,234,567.50', '2026-01-31', '–')
    """
    if text is None:
        return "–"
    try:
        found = Decimal(text)
    except InvalidOperation:
        return value(text)
    return f"{found:,f}" if found.is_finite() else text


def move(one: Aggregate) -> str:
    """By how much a measure moves, in percent; empty where that says nothing.

    >>> move(Aggregate(column="a", measure="sum", before="200", after="210"))
    '+5.0 %'
    """
    try:
        before, after = Decimal(one.before or ""), Decimal(one.after or "")
        if not before or not (before.is_finite() and after.is_finite()):
            return ""
        return f"{(after - before) / abs(before) * 100:+.1f} %"
    except (InvalidOperation, ValueError):
        return ""


def columns_that_differ(found: TableDiff) -> Sequence[str]:
    """The names of the columns in which some row differs."""
    return [column.name for column in found.columns if column.rows]


COLUMN_HEAD = ("column", "rows changed", "example", "before", "after")
"""What `column_cells` gives."""
MEASURE_HEAD = ("measure", "before", "after", "change")
"""What `measure_cells` gives."""


def column_cells(one: ColumnDiff, found: TableDiff, longest: int) -> Iterator[tuple[str, ...]]:
    """The cells of a column that differs: a line for each example, of which only the first names
    it. Each value has at most `longest` characters."""
    name, rows = one.name, describe_changed(one.rows, found)
    if one.is_hidden:
        yield name, rows, PROTECTED, "", ""
    for example in one.examples:
        values = values_apart(example.before, example.after, longest)
        yield name, rows, key_text(example.key, found), *values
        name = rows = ""


def measure_cells(found: TableDiff) -> list[tuple[str, ...]]:
    """The cells of each aggregate that has changed."""
    return [
        (f"{one.measure} {one.column}", number(one.before), number(one.after), move(one))
        for one in list_changed_aggregates(found)
    ]
