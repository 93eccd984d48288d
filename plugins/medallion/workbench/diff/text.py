"""A data diff for a terminal: the verdict first, then schema, columns, rows and aggregates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from medallion.spec.messages.report import visible
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.words import (
    COLUMN_HEAD,
    MEASURE_HEAD,
    column_cells,
    example_text,
    measure_cells,
    row_lines,
    schema_lines,
    title,
    verdict,
)

_BOLD, _DIM, _RED, _GREEN, _YELLOW, _PLAIN = (
    "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[0m",
)  # fmt: skip
_SIGNS = {"+": _GREEN, "-": _RED, "~": _YELLOW}
_LONGEST = 32
"""Characters of a value in the table of columns."""
Paint = Callable[[str, str], str]


def as_text(found: TableDiff, *, colour: bool = False) -> str:
    """All of it as lines. Control characters of data and specs are made visible."""

    def paint(code: str, text: str) -> str:
        return f"{code}{text}{_PLAIN}" if colour else text

    lines = [paint(_DIM, visible(title(found))), paint(_BOLD, _mark(found) + verdict(found))]
    if found.problem:
        lines += [paint(_RED, "✗ would not be published: ") + visible(found.problem)]
    lines += [f"! {visible(note)}" for note in found.notes]
    lines.append("")
    lines += [f"  {name:<14}{visible(said)}" for name, said in row_lines(found)]
    for part in (_schema(found, paint), _columns(found), _rows(found, paint), _measures(found)):
        some = list(part)
        lines += ["", *some] if some else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _mark(found: TableDiff) -> str:
    return "≠ " if found.is_different else "= "


def _schema(found: TableDiff, paint: Paint) -> Iterator[str]:
    rows = list(schema_lines(found))
    if rows:
        yield "  schema"
        width = max(len(name) for _, name, _ in rows)
        for sign, name, said in rows:
            yield f"  {paint(_SIGNS[sign], sign)} {visible(name):<{width}}  {visible(said)}"


def _columns(found: TableDiff) -> Iterator[str]:
    changed = sorted((c for c in found.columns if c.rows), key=lambda one: -one.rows)
    if not changed:
        return
    rows = (cells for one in changed for cells in column_cells(one, found, _LONGEST))
    yield from _table([COLUMN_HEAD, *((visible(name), *more) for name, *more in rows)])
    same = [one.name for one in found.columns if not one.rows]
    if same:
        yield f"  the same in all rows: {visible(', '.join(same))}"


def _rows(found: TableDiff, paint: Paint) -> Iterator[str]:
    for kind, sign in (("added", "+"), ("removed", "-")):
        some = [row for row in found.examples if row.kind == kind]
        if some:
            yield f"  rows {kind}, for example"
            for row in some:
                yield f"  {paint(_SIGNS[sign], sign)} {example_text(row, found)}"


def _measures(found: TableDiff) -> Iterator[str]:
    if cells := measure_cells(found):
        yield from _table([MEASURE_HEAD, *cells], right=(1, 2, 3))


def _table(rows: Sequence[Sequence[str]], right: Sequence[int] = (1,)) -> Iterator[str]:
    """Cells in columns, each as wide as its widest."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for at, row in enumerate(rows):
        cells = (
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  " + "  ".join(cells)
        if not at:
            yield "  " + "  ".join("─" * width for width in widths)
