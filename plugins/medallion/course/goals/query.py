"""A goal that is a SELECT: its rows are held against those of the solution's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal

from rich.console import Console

from medallion.course.goals.base import Goal
from medallion.course.goals.rows import comparable, print_rows
from medallion.course.workplace import Workplace, read_work
from medallion.errors import MedallionError
from medallion.prose import list_and_count, tally
from medallion.spec.sql.lineage import read_query
from medallion.sql.postgres_select import read_select
from medallion.warehouse.roles.author_login import author_session
from medallion.warehouse.session.refused_query import QueryRefused
from medallion.warehouse.tables.query_rows import QueryRows, query_rows

MOST_ROWS = 5000
LIMIT = timedelta(seconds=10)
EXAMPLES = 3
_SYNTAX = "cannot read this"
"""A part of the message about a text that PostgreSQL's parser does not read."""
_QUOTES = "a text is in single quotes, 'like this'; double quotes are for names of columns"


class QueryProblem(MedallionError):
    """The learner must act: the query is not one, or PostgreSQL refuses it."""

    acts = "the learner"


class QueryUnreadable(QueryProblem):
    """The query has a mistake of spelling: nothing was asked."""


class QueryGoal(Goal):
    """A file with one SELECT over the practice tables."""

    type: Literal["query"]
    file: str
    """The learner's; the solution's has the same name."""
    ordered: bool = False
    """Whether the order of the rows is part of it."""

    def judge(self, place: Workplace) -> Iterator[str]:
        """Columns first, then rows, then their order: each only where those before are right."""
        found = ask_file(place.folder, self.file, place)
        expected = ask_file(place.solution, self.file, place)
        yield from self.differ(expected, found)

    def show(self, place: Workplace, console: Console) -> bool:
        """The first rows."""
        print_rows(console, ask_file(place.folder, self.file, place))
        return True

    def differ(self, expected: QueryRows, found: QueryRows) -> Iterator[str]:
        """What is different in an answer; columns may be in any order."""
        wanted = [column.name for column in expected.columns]
        named = [column.name for column in found.columns]
        if sorted(wanted) != sorted(named):
            yield from _differing_columns(wanted, named)
            return
        order = [named.index(name) for name in wanted]
        rows = [tuple(comparable(row[at]) for at in order) for row in found.rows]
        right = [tuple(map(comparable, row)) for row in expected.rows]
        if Counter(rows) != Counter(right):
            yield from _differing_rows(wanted, right, rows)
        elif self.ordered and rows != right:
            at = next(at for at, row in enumerate(rows) if row != right[at])
            yield (
                f"all {len(rows)} rows are there, in another order: row {at + 1} should be "
                f"{wanted[0]} = {right[at][0]}, it is {rows[at][0]}"
            )


def ask_file(folder: Path, name: str, place: Workplace) -> QueryRows:
    """The rows of the SELECT in a file.

    Raises:
        SetupError: there is no such file.
        QueryProblem: it holds no SELECT, or one that is refused.
    """
    return ask_text(read_work(folder, name), place, name)


def ask_text(text: str, place: Workplace, name: str) -> QueryRows:
    """The rows of a SELECT, which is judged by the parser first, as gold's SQL is.

    Args:
        text: the learner's.
        place: which has the practice database.
        name: what messages call it.

    Raises:
        QueryProblem: it is not one SELECT over published tables, or PostgreSQL refuses it.
    """
    if not _has_words(text):
        raise QueryProblem(f"{name} holds no query yet", remedy="write a SELECT below the comments")
    read = read_select(text, ())
    if problems := (*read_query(text).problems, *read.problems):
        first = problems[0]
        where = f", line {first.line}" if first.line else ""
        kind = QueryUnreadable if _SYNTAX in first.problem else QueryProblem
        raise kind(f"{name}{where}: {first.problem}", remedy=first.remedy)
    try:
        with author_session(place.practice().reader_url, f"asking {name}", LIMIT) as connection:
            return query_rows(connection, read.text, MOST_ROWS)
    except QueryRefused as refused:
        at = refused.offset
        where = "" if at is None else f", line {text.count(chr(10), 0, at) + 1}"
        remedy = _QUOTES if _is_quoted_name(refused, text) else refused.remedy
        raise QueryProblem(f"{name}{where}: {refused.problem}", remedy=remedy) from None


def _is_quoted_name(refused: QueryRefused, text: str) -> bool:
    """Whether a column that is not there is a text in the wrong quotes."""
    name = refused.said.partition('"')[2].partition('"')[0]
    return refused.sqlstate == "42703" and f'"{name}"' in text


def _has_words(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("--") for line in text.splitlines())


def _differing_columns(wanted: Sequence[str], named: Sequence[str]) -> Iterator[str]:
    missing = [name for name in wanted if name not in named]
    extra = [name for name in named if name not in wanted]
    if missing:
        yield f"your answer lacks the column {', '.join(missing)}; it has {', '.join(named)}"
    if extra:
        yield f"your answer has a column that was not asked for: {', '.join(extra)}"
    if not missing and not extra:
        yield f"a column comes twice: your answer has {', '.join(named)}"


def _differing_rows(
    names: Sequence[str], right: Sequence[tuple[object, ...]], rows: Sequence[tuple[object, ...]]
) -> Iterator[str]:
    """The number of rows, which ones are missing or too many, and where values differ."""
    if len(rows) != len(right):
        yield f"your answer should have {tally(len(right), 'row')}, it has {len(rows):,}"
    missing = list((Counter(right) - Counter(rows)).elements())
    extra = list((Counter(rows) - Counter(right)).elements())
    by_key = {row[0]: row for row in extra}
    changed = [row for row in missing if row[0] in by_key]
    for row in changed[:EXAMPLES]:
        other = by_key[row[0]]
        at = next((at for at, value in enumerate(row) if value != other[at]), 0)
        yield f"{names[0]} = {row[0]}: {names[at]} should be {row[at]}, it is {other[at]}"
    keys = {row[0] for row in changed}
    for words, some in (
        ("missing", [row for row in missing if row[0] not in keys]),
        ("there and not asked for", [row for row in extra if row[0] not in keys]),
    ):
        if some:
            shown = list_and_count([str(row[0]) for row in some], EXAMPLES)
            yield f"{words}: {names[0]} = {shown}"
