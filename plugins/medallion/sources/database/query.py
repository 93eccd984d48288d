"""What is asked of a database: one SELECT, sent as its author wrote it, with its bound values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from medallion.errors import SourceRefused
from medallion.sources.base.interval_words import Value
from medallion.sources.database.select import Bound, Parts, SourceSelect, read_source_query
from medallion.sql.problem import QueryNotRead, QueryProblem

DIALECTS = ("postgres", "mysql", "tsql", "oracle", "db2", "sqlite", "")
"""Tried in this order where the connection's own is not known: when a spec is validated."""

_NAME = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([\w$#@-]+))\s*(\.|$)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One SELECT as it is sent: texts, with placeholders for bound values between them.

    Attributes:
        common: its WITH, if it has one.
        main: the rest.
        dialect: of the connection, for quoting names: sqlglot's name, or db2.
        values: each placeholder's value.
    """

    common: Parts = ()
    main: Parts
    dialect: str
    values: Mapping[str, Value]

    @property
    def parts(self) -> Parts:
        """The whole statement: WITH, then the rest."""
        return (*self.common, *self.main)

    def with_values(self, make: Callable[[str], str]) -> str:
        """The SQL with an SQL expression, from `make`, for each bound value."""
        return "".join(make(part.name) if isinstance(part, Bound) else part for part in self.parts)

    def text(self, written: Callable[[str], str], *, doubled: str = "") -> tuple[str, list[str]]:
        """The SQL with the driver's placeholders, and their names in order.

        Args:
            written: the driver's placeholder for a name: `?`, `%s`.
            doubled: a sign that the driver wants doubled elsewhere if it fills values in. Without
                values it fills nothing in, and must not be given an empty list.
        """
        names = [part.name for part in self.parts if isinstance(part, Bound)]
        parts = [
            written(part.name)
            if isinstance(part, Bound)
            else part.replace(doubled, doubled * 2)
            if names and doubled
            else part
            for part in self.parts
        ]
        return "".join(parts), names

    def wrap(self, before: str, *after: str | Bound) -> tuple[Parts, Parts]:
        """The statement as part of another SELECT, on lines of its own because it may end with a
        comment.

        T-SQL has no WITH in a subquery: there it stays in front of the whole.
        """
        if self.dialect == "tsql":
            return self.common, (before, "\n", *self.main, "\n", *after)
        return (), (before, "\n", *self.parts, "\n", *after)


def statement_of_query(query: str, dialect: str, values: Mapping[str, Value]) -> Statement:
    """A query in the connection's dialect; in any dialect that accepts it if that is unknown ("").

    Raises:
        SourceRefused: it is not a single SELECT in that dialect.
    """
    tried = (dialect,) if dialect else ("", *DIALECTS)
    try:
        read = _first_reading(query, tried)
    except QueryNotRead as refused:
        problem = refused.problem
        raise SourceRefused(describe(problem), remedy=problem.remedy) from None
    return Statement(common=read.common, main=read.main, dialect=dialect, values=values)


def statement_of_table(table: str, dialect: str) -> Statement:
    """All columns and rows of a table, whose name is quoted exactly as given.

    >>> statement_of_table("sales.orders", "mysql")
    Statement(common=(), main=('SELECT * FROM `sales`.`orders`',), dialect='mysql', values={})
    """
    from sqlglot import exp

    names = [exp.to_identifier(name, quoted=True) for name in names_of(table)]
    name, *outer = reversed(names)
    keys = dict(zip(("db", "catalog"), outer, strict=False))
    select = exp.select("*").from_(exp.Table(this=name, **keys))
    sql = select.sql(dialect=_sqlglot_dialect(dialect))
    return Statement(main=(sql,), dialect=dialect, values={})


_FIRST = {
    "tsql": ("SELECT TOP {} of_source.* FROM (", ") of_source"),
    "oracle": ("SELECT of_source.* FROM (", ") of_source FETCH FIRST {} ROWS ONLY"),
    "db2": ("SELECT of_source.* FROM (", ") of_source FETCH FIRST {} ROWS ONLY"),
}
_LIMIT = ("SELECT of_source.* FROM (", ") of_source LIMIT {}")
"""What is put around a statement of which so many rows are wanted, by dialect."""


def first_rows(statement: Statement, most: int) -> Statement:
    """The same, of `most` rows at most: the database decides which.

    >>> print(first_rows(statement_of_table("orders", "mysql"), 10).with_values(str))
    SELECT of_source.* FROM (
    SELECT * FROM `orders`
    ) of_source LIMIT 10
    """
    before, after = (text.format(int(most)) for text in _FIRST.get(statement.dialect, _LIMIT))
    common, main = statement.wrap(before, after)
    return replace(statement, common=common, main=main)


def quote_name(name: str, dialect: str) -> str:
    """One identifier in the dialect's quotes, inner quotes escaped.

    >>> quote_name("a`b", "mysql"), quote_name('a"b', "postgres")
    ('`a``b`', '"a""b"')
    """
    from sqlglot import exp

    return exp.to_identifier(name, quoted=True).sql(dialect=_sqlglot_dialect(dialect))


def quote_text(text: str, dialect: str) -> str:
    """A text as a literal in the dialect's quotes, inner quotes escaped.

    >>> quote_text("a'b", "db2"), quote_text("é", "tsql")
    ("'a''b'", "N'é'")
    """
    from sqlglot import exp

    literal = exp.National(this=text) if dialect == "tsql" else exp.Literal.string(text)
    return literal.sql(dialect=_sqlglot_dialect(dialect))


def _sqlglot_dialect(dialect: str) -> str:
    """DB2 quotes names and texts as the standard does: sqlglot has no dialect of that name."""
    return "" if dialect == "db2" else dialect


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
        raise ValueError(f"{table!r} is not a name of a table")
    return found


def problem_of_query(query: str) -> QueryProblem | None:
    """What is wrong with a query in every dialect it could be in; None if one accepts it.

    >>> problem_of_query("select 1; drop table orders").problem
    'a query is one SELECT; these are 2 statements'
    """
    try:
        _first_reading(query, DIALECTS)
    except QueryNotRead as refused:
        return refused.problem
    return None


def describe(problem: QueryProblem) -> str:
    """The problem with its line and column, as the start of a sentence."""
    place = f"line {problem.line}, column {problem.column} of the query: " if problem.line else ""
    return f"{place}{problem.problem}"


def _first_reading(query: str, dialects: tuple[str, ...]) -> SourceSelect:
    """What the first dialect reads that takes a query.

    Raises:
        QueryNotRead: none does; with the problem that the first dialect has.
    """
    refusals = []
    for dialect in dialects:
        try:
            return read_source_query(query, dialect)
        except QueryNotRead as refused:
            refusals.append(refused)
    raise refusals[0]
