"""Issues for a terminal: file, place, the line with a caret, problem, remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from medallion.errors import Issue

_WIDTH = 100
"""Longer lines are cut around the caret."""

_RED, _CYAN, _BOLD, _DIM, _PLAIN = "\033[31m", "\033[36m", "\033[1m", "\033[2m", "\033[0m"

Lines = Callable[[str], list[str]]


def render(issues: Iterable[Issue], lines: Lines, *, colour: bool) -> str:
    """All issues as text, those of a file together. Control characters of specs are made visible.

    Args:
        issues: sorted by place.
        lines: of a file, by its path as issues name it; asked only where an issue has a line.
        colour: whether to use ANSI colours.
    """
    return "\n\n".join("\n".join(_render(issue, lines, colour)) for issue in issues)


def _render(issue: Issue, lines: Lines, colour: bool) -> Iterator[str]:
    def paint(code: str, text: str) -> str:
        return f"{code}{visible(text)}{_PLAIN}" if colour else visible(text)

    place = f"{issue.path}:{issue.line}:{issue.column}" if issue.line else issue.path
    key = f"  {issue.key}" if issue.key else ""
    yield paint(_BOLD, place) + paint(_CYAN, key)
    source = lines(issue.path) if issue.line else []
    if 0 < issue.line <= len(source):
        yield from _excerpt(source[issue.line - 1], issue, paint)
    mark = "" if issue.level == "error" else f"{issue.level}: "
    yield f"  {paint(_RED, mark + issue.problem)}  {paint(_DIM, f'[{issue.rule}]')}"
    if issue.remedy:
        yield f"  → {visible(issue.remedy)}"


def _excerpt(line: str, issue: Issue, paint: Callable[[str, str], str]) -> Iterator[str]:
    column = max(issue.column, 1)
    start, shown = cut_around(line, column)
    gutter = f"{issue.line:>5} │ "
    yield paint(_DIM, gutter) + shown
    yield paint(_DIM, f"{'':>5} │ ") + " " * (column - 1 - start) + paint(_RED, "^")


def cut_around(line: str, column: int) -> tuple[int, str]:
    """The part of a line that is shown around a column, which counts from 1: how many characters
    are left out before it, and the part as `visible` text.

    >>> cut_around("owner: cinema-data", 8)
    (0, 'owner: cinema-data')
    """
    line = visible(line.replace("\t", " "))
    start = max(0, column - _WIDTH // 2) if len(line) > _WIDTH else 0
    return start, line[start : start + _WIDTH]


def visible(text: str) -> str:
    """A text that cannot control a terminal: unprintable characters become `?`.

    >>> visible("a\\x1b[31mb")
    'a?[31mb'
    """
    return "".join(c if c.isprintable() else "?" for c in text)
