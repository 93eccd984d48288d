"""A data diff as one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from medallion.spec.messages.report import visible
from medallion.workbench.diff.found import ColumnDiff, Rows, TableDiff
from medallion.workbench.diff.words import (
    PROTECTED,
    key_text,
    list_changed_aggregates,
    move,
    number,
    row_lines,
    schema_lines,
    title,
    value,
    verdict,
)
from medallion.workbench.page import render_page

_KINDS = {"+": "added", "-": "removed", "~": "retyped"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    """A changed value, as it is shown: the row's key, and the value before and after."""

    key: str
    before: str
    after: str


def as_page(found: TableDiff) -> str:
    """All that was found of one table. Values of data and spec are escaped, and control characters
    made visible."""
    return render_page(
        "diff.html",
        table=str(found.table.public),
        found=found,
        title=visible(title(found).partition(": ")[2]),
        verdict=verdict(found),
        notes=[visible(note) for note in found.notes],
        problem="\n".join(visible(line) for line in found.problem.splitlines()),
        lines=[(name, visible(said)) for name, said in row_lines(found)],
        bar=list(_bar(found.rows)) if found.rows else [],
        schema=[(_KINDS[s], visible(n), visible(said)) for s, n, said in schema_lines(found)],
        changed=[(visible(one.name), one.rows, _share(one, found), _values(one, found))
                 for one in sorted(found.columns, key=lambda one: -one.rows) if one.rows],
        same=[visible(one.name) for one in found.columns if not one.rows],
        kinds=[(kind, list(_rows(kind, found))) for kind in ("added", "removed")],
        names=[*map(visible, found.key), *(visible(name) for name in _names(found))],
        measures=[(one.measure, visible(one.column), number(one.before), number(one.after),
                   move(one)) for one in list_changed_aggregates(found)],
    )  # fmt: skip


def _bar(rows: Rows) -> Iterator[tuple[str, int, float]]:
    """What becomes of the rows of both sides: a word, how many, the share in percent."""
    parts = {
        "same": rows.same,
        "changed": rows.changed,
        "added": rows.added,
        "removed": rows.removed,
        "not compared": max(rows.uncompared_before, rows.uncompared_after),
    }
    total = sum(parts.values())
    for word, count in parts.items():
        if count:
            yield word, count, 100 * count / total


def _share(one: ColumnDiff, found: TableDiff) -> float:
    """In how much of the rows that both sides have a column differs, in percent."""
    there = found.rows.changed + found.rows.same if found.rows else 0
    return 100 * one.rows / there if there else 0.0


def _values(one: ColumnDiff, found: TableDiff) -> list[_Values]:
    if one.is_hidden:
        return [_Values(key="", before=PROTECTED, after=PROTECTED)]
    return [
        _Values(
            key=key_text(example.key, found),
            before=value(example.before),
            after=value(example.after),
        )
        for example in one.examples
    ]


def _names(found: TableDiff) -> list[str]:
    """The columns, beside the key, that examples of added and removed rows have."""
    return list(dict.fromkeys(name for row in found.examples for name, _ in row.values))


def _rows(kind: str, found: TableDiff) -> Iterator[tuple[list[str], int]]:
    """The cells of each example of a kind, and how often the row is there."""
    names = _names(found)
    for row in found.examples:
        if row.kind == kind:
            values = dict(row.values)
            key = [
                PROTECTED if name in found.hidden else value(text)
                for name, text in zip(found.key, row.key, strict=False)
            ]
            yield (
                [*key, *(value(values[name]) if name in values else "" for name in names)],
                (row.times),
            )
