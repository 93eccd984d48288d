"""A comparison for a terminal: the most serious changes first, each with whom it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from medallion.prose import list_and_count
from medallion.spec.messages.report import visible
from medallion.workbench.comparison.changes import (
    ORDER,
    TITLES,
    Change,
    Comparison,
    Impact,
    Level,
)

_COLOURS = {
    Level.BREAKING: "\033[31m",
    Level.REBUILD: "\033[33m",
    Level.REVIEW: "\033[36m",
    Level.SAFE: "\033[32m",
}
_BOLD, _DIM, _PLAIN = "\033[1m", "\033[2m", "\033[0m"
Paint = Callable[[str, str], str]
_MOST = 20
"""Things that a change concerns; a number says how many more there are."""
MARKS = {Level.BREAKING: "✗", Level.REBUILD: "↻", Level.REVIEW: "?", Level.SAFE: "✓"}


def as_text(found: Comparison, *, colour: bool = False) -> str:
    """All of it, with a line at the end that counts. Control characters are made visible."""

    def paint(code: str, text: str) -> str:
        return f"{code}{text}{_PLAIN}" if colour else text

    lines: list[str] = []
    for level in ORDER:
        changes = found.of(level)
        if changes:
            lines += [paint(_BOLD + _COLOURS[level], f"{TITLES[level]} ({len(changes)})"), ""]
            for one in changes:
                lines += _change(one, paint)
                lines.append("")
    lines += _to_ask(found)
    for said in found.uncompared:
        lines.append(f"! not compared: {visible(said)}")
    lines.append(summary(found))
    return "\n".join(lines) + "\n"


def summary(found: Comparison) -> str:
    """How many changes there are of each level, in a sentence."""
    counted = [f"{len(ones)} {level}" for level in ORDER if (ones := found.of(level))]
    said = ", ".join(counted) if counted else "no change"
    where = f" since {found.base[:10]}" if found.base else ""
    specs = f"{found.specs} spec{'s'[: found.specs != 1]}"
    verb = "is" if found.same == 1 else "are"
    return f"{said}{where}; {found.same} of {specs} {verb} the same."


def _change(one: Change, paint: Paint) -> Iterator[str]:
    mark = paint(_COLOURS[one.level], MARKS[one.level])
    yield f"  {mark} {paint(_BOLD, visible(one.subject))}  {visible(one.what)}"
    at = f"{one.place}{' (before)' if one.before else ''}" if one.place.path else ""
    whose = _who(one.owner, one.contacts)
    about = "  ".join(filter(None, (at, whose)))
    if about:
        yield f"      {paint(_DIM, visible(about))}"
    if one.then:
        yield f"      → {visible(one.then)}"
    yield from _impacts(one.impacts, paint)


def _impacts(impacts: tuple[Impact, ...], paint: Paint) -> Iterator[str]:
    for line in rows_of(impacts[:_MOST], paint):
        yield f"      · {line}"
    if len(impacts) > _MOST:
        yield f"      · and {len(impacts) - _MOST} more: --format json has them all"


def rows_of(impacts: Sequence[Impact], paint: Paint = lambda _, text: text) -> Iterator[str]:
    """A line for each thing: kind, name, what it has to do with it, where it is and whose."""
    rows = [(one.kind, visible(one.name), visible(one.how), _about(one)) for one in impacts]
    yield from align(rows, paint)


def align(rows: Sequence[Sequence[str]], paint: Paint = lambda _, text: text) -> Iterator[str]:
    """Rows of cells as lines, all but the last cells as wide as the widest."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        yield f"{'  '.join(cells)}  {paint(_DIM, row[-1])}".rstrip()


def _about(one: Impact) -> str:
    parts = (str(one.place), _who(one.owner, one.contacts), one.url)
    return visible("  ".join(filter(None, parts)))


def _who(owner: str, contacts: tuple[str, ...]) -> str:
    people = ", ".join(contacts)
    return f"{owner} <{people}>" if owner and people else owner or people


def _to_ask(found: Comparison) -> Iterator[str]:
    asked = found.to_ask()
    if asked:
        yield "Ask before it is merged"
        yield ""
        names = {who: visible(_who(*who)) for who in asked}
        width = max(map(len, names.values()))
        for who, things in asked.items():
            shown = list_and_count(things, 4)
            yield f"  {names[who].ljust(width)}  {visible(shown)}"
        yield ""
