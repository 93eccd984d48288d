"""A data diff as Markdown, for a comment on a pull request: the verdict, and the rest folded."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.warehouse.tables.table_diff import LONGEST
from medallion.workbench.comparison.markdown import code, escape
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.words import (
    PROTECTED,
    columns_that_differ,
    describe_changed,
    example_text,
    key_text,
    list_changed_aggregates,
    move,
    number,
    row_lines,
    schema_lines,
    title,
    values_apart,
    verdict,
)

_MOST_ROWS = 60


def as_markdown(found: TableDiff) -> str:
    """A heading with the verdict; schema, columns, rows and aggregates in tables."""
    mark = "🔶" if found.is_different else "✅"
    lines = [f"#### {mark} {code(str(found.table.public))} {escape(verdict(found))}", ""]
    lines += [escape(title(found)), ""]
    if found.problem:
        lines += [f"❌ **would not be published**: {escape(found.problem)}", ""]
    lines += [f"- {escape(note)}" for note in found.notes]
    lines += [f"- {name}: {escape(said)}" for name, said in row_lines(found)]
    lines += [f"- {sign} {code(name)} {escape(said)}" for sign, name, said in schema_lines(found)]
    lines.append("")
    if names := columns_that_differ(found):
        lines += _fold(f"columns that differ: {', '.join(names)}", _columns(found))
    if found.examples:
        lines += _fold("rows added and removed, for example", _rows(found))
    if list_changed_aggregates(found):
        lines += _fold("aggregates", _measures(found))
    return "\n".join(lines).rstrip() + "\n"


def _columns(found: TableDiff) -> Iterator[str]:
    yield "| column | rows changed | example | before | after |"
    yield "|---|---:|---|---|---|"
    for one in [c for c in found.columns if c.rows][:_MOST_ROWS]:
        name, rows = code(one.name), describe_changed(one.rows, found)
        if one.is_hidden:
            yield f"| {name} | {rows} | {PROTECTED} | | |"
        for example in one.examples:
            values = values_apart(example.before, example.after, LONGEST)
            cells = (key_text(example.key, found), *values)
            yield f"| {name} | {rows} | {' | '.join(map(escape, cells))} |"
            name = rows = ""


def _rows(found: TableDiff) -> Iterator[str]:
    for row in found.examples:
        yield f"- {row.kind}: {escape(example_text(row, found))}"


def _measures(found: TableDiff) -> Iterator[str]:
    yield "| measure | before | after | change |"
    yield "|---|---:|---:|---:|"
    for one in list_changed_aggregates(found)[:_MOST_ROWS]:
        cells = f"{one.measure} {one.column}", number(one.before), number(one.after), move(one)
        yield f"| {' | '.join(map(escape, cells))} |"


def _fold(name: str, lines: Iterator[str]) -> Iterator[str]:
    plain = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield from ("<details>", f"<summary>{plain}</summary>", "", *lines, "", "</details>", "")
