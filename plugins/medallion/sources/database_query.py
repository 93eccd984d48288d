"""The SELECT of a database source: read with sqlglot, refused where it does more than read."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from medallion.errors import SourceRefused
from medallion.sources.database_words import WORDS, Value

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = ("postgres", "mysql", "tsql", "oracle", "sqlite", "")
"""Tried in this order where the connection's own is not known: when a spec is validated."""

_NAME = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([\w$#@-]+))\s*(\.|$)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a query cannot be used, and what to do."""

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One SELECT, and what its placeholders (`:name`) stand for.

    Whatever is to narrow it (a cursor's bounds) is a change of the tree and another value; then
    nothing is `written` any more.

    Attributes:
        written: the SQL as its author wrote it, where the dialect is not known: what a tree says in
            no particular dialect need not be what the server reads.
    """

    tree: exp.Query
    dialect: str
    values: Mapping[str, Value]
    written: str = ""

    def with_placeholders(self, make: Callable[[str], exp.Expr]) -> exp.Query:
        """The tree with each placeholder replaced by what `make` makes of its name."""
        from sqlglot import exp

        changed = self.tree.transform(
            lambda node: make(node.name) if isinstance(node, exp.Placeholder) else node
        )
        return cast("exp.Query", changed)

    def text(self, written: Callable[[str], str], *, doubled: str = "") -> tuple[str, list[str]]:
        """The SQL with its placeholders as a driver wants them, and their names in order.

        Args:
            written: the driver's placeholder for a name: `?`, `%s`.
            doubled: a sign that the driver wants twice everywhere else.
        """
        from sqlglot import exp

        if self.written and self.tree.find(exp.Placeholder) is None:
            return self.written, []
        mark = f"placeholder_{secrets.token_hex(8)}_"
        tree = self.with_placeholders(lambda name: exp.Var(this=f"{mark}{name}"))
        sql = tree.sql(dialect=self.dialect)
        if doubled:
            sql = sql.replace(doubled, doubled * 2)
        found = re.compile(rf"{mark}(\w+)")
        return found.sub(lambda match: written(match[1]), sql), found.findall(sql)


def statement_of_query(query: str, dialect: str, values: Mapping[str, Value]) -> Statement:
    """A query in the connection's dialect; where that is not known (""), in any that reads it.

    Raises:
        SourceRefused: it is no single SELECT there.
    """
    for tried in (dialect,) if dialect else ("", *DIALECTS):
        read = _read(query, tried)
        if not isinstance(read, Problem):
            written = "" if dialect else query.strip().rstrip(";")
            return Statement(tree=read, dialect=tried, values=values, written=written)
    problem = problem_of_query(query) if not dialect else read
    assert isinstance(problem, Problem)  # noqa: S101  # the same question was asked
    raise SourceRefused(problem.problem, remedy=problem.remedy)


def statement_of_table(table: str, dialect: str) -> Statement:
    """All columns and rows of a table, which is named exactly as the database has it."""
    from sqlglot import exp

    names = [exp.to_identifier(name, quoted=True) for name in names_of(table)]
    name, *outer = reversed(names)
    keys = dict(zip(("db", "catalog"), outer, strict=False))
    select = exp.select("*").from_(exp.Table(this=name, **keys))
    return Statement(tree=select, dialect=dialect, values={})


def names_of(table: str) -> list[str]:
    """The parts of `schema.table`; one with a dot in it is written in double quotes.

    Raises:
        ValueError: it is no such name.

    >>> names_of('sales."q.1"')
    ['sales', 'q.1']
    """
    found, at = [], 0
    while match := _NAME.match(table, at):
        quoted, plain, dot = match.groups()
        found.append(quoted.replace('""', '"') if quoted else plain)
        at = match.end()
        if not dot:
            break
    if (
        not found
        or at != len(table)
        or len(found) > 3
        or match is None
        or match[3]
        or "\0" in table
    ):
        raise ValueError(f"{table!r} is no name of a table")
    return found


def problem_of_query(query: str) -> Problem | None:
    """What is wrong with a query in every dialect that it could be in; None where one takes it."""
    first: Problem | None = None
    for dialect in DIALECTS:
        read = _read(query, dialect)
        if not isinstance(read, Problem):
            return None
        # What a reader understands and refuses says more than that another cannot read it.
        if first is None or (
            first.problem.startswith(_UNREADABLE) and read.problem != first.problem
        ):
            first = read
    return first


_UNREADABLE = "the query cannot be read"


def _read(query: str, dialect: str) -> exp.Query | Problem:
    import sqlglot
    from sqlglot import errors, exp

    try:
        parsed = sqlglot.parse(query, dialect=dialect)
    except errors.SqlglotError as error:
        details = (getattr(error, "errors", None) or [{}])[0]
        place = f", line {details['line']}, column {details['col']}" if "line" in details else ""
        said = (details.get("description") or str(error).split("\n")[0]).partition(" but got <")[0]
        return Problem(
            problem=f"{_UNREADABLE}{place}: {said}".rstrip("."),
            remedy="mend the SQL; what its database alone can read goes into a view there",
        )
    # A semicolon with a comment behind it is parsed as a statement of its own.
    statements = [s for s in parsed if s is not None and not isinstance(s, exp.Semicolon)]
    if len(statements) != 1:
        return Problem(
            problem=f"a query is one SELECT; these are {len(statements)} statements",
            remedy="leave one SELECT (a WITH before it is welcome)",
        )
    (tree,) = statements
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery):
        return Problem(
            problem="a query is one SELECT; this is another statement",
            remedy="a source only reads: leave one SELECT (a WITH before it is welcome)",
        )
    return next(_problems(tree), tree)


def _problems(tree: exp.Query) -> Iterator[Problem]:
    from sqlglot import exp

    for node in tree.walk():
        if isinstance(node, exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.Command):
            yield Problem(problem="the query changes data", remedy="a source only reads: SELECT")
        elif isinstance(node, exp.Into):
            yield Problem(problem="SELECT INTO writes", remedy="leave INTO out")
        elif isinstance(node, exp.Lock):
            yield Problem(
                problem="the query locks rows (FOR UPDATE, FOR SHARE)", remedy="leave the lock out"
            )
        elif isinstance(node, exp.Placeholder | exp.Parameter) and node.name not in WORDS:
            yield Problem(
                problem=f"the query has the parameter {node.name or '?'}, which nobody fills",
                remedy=f"known: {', '.join(f':{word}' for word in WORDS)}",
            )
        elif isinstance(node, exp.Select) and not node.expressions:
            yield Problem(problem="the SELECT names no column", remedy="SELECT * or its columns")
