"""A data diff as Markdown, for a comment on a pull request: the verdict, and the rest folded."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.warehouse.tables.table_diff import LONGEST
from medallion.workbench.comparison.markdown import code, escape
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.words import (
    COLUMN_HEAD,
    MEASURE_HEAD,
    column_cells,
    columns_that_differ,
    example_text,
    measure_cells,
    row_lines,
    schema_lines,
    title,
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
    if measure_cells(found):
        lines += _fold("aggregates", _measures(found))
    return "\n".join(lines).rstrip() + "\n"


def _columns(found: TableDiff) -> Iterator[str]:
    yield f"| {' | '.join(COLUMN_HEAD)} |"
    yield "|---|---:|---|---|---|"
    for one in [c for c in found.columns if c.rows][:_MOST_ROWS]:
        for name, *cells in column_cells(one, found, LONGEST):
            yield f"| {code(name) if name else ''} | {' | '.join(map(escape, cells))} |"


def _rows(found: TableDiff) -> Iterator[str]:
    for row in found.examples:
        yield f"- {row.kind}: {escape(example_text(row, found))}"


def _measures(found: TableDiff) -> Iterator[str]:
    yield f"| {' | '.join(MEASURE_HEAD)} |"
    yield "|---|---:|---:|---:|"
    for cells in measure_cells(found)[:_MOST_ROWS]:
        yield f"| {' | '.join(map(escape, cells))} |"


def _fold(name: str, lines: Iterator[str]) -> Iterator[str]:
    plain = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield from ("<details>", f"<summary>{plain}</summary>", "", *lines, "", "</details>", "")
