"""Reads a gold table's SQL: the tables it selects from, and why it must be refused.

Only one SELECT over published tables is allowed. A refusal has line and column. The server gets the
author's text, with the run's values in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from medallion.names import TableName
from medallion.spec.models.queries import PLACEHOLDERS, QueryReading
from medallion.sql import column_digest
from medallion.sql.nesting import length_problem
from medallion.sql.postgres_select import SelectText, read_select
from medallion.sql.postgres_tree import MOST_PROBLEMS
from medallion.sql.problem import place_of_offset, problem_at
from medallion.sql.published import foreign_table, is_published

_JINJA = re.compile(
    r"""(?P<sign>\{\{)-?\s*[A-Za-z_][\w.|()\[\]'"\s-]*\}\}|(?P<tag>\{%)-?\s*\w[^{}]*%\}"""
)
"""Templates, but not what SQL itself writes so: '{{1,2},{3,4}}', LIKE '{%'."""


def read_query(sql: str) -> QueryReading:
    """Read one gold table's SQL. Pure: no server is asked.

    >>> read_query("select 1 from silver_cinema.movies").upstream
    (TableName(schema='silver_cinema', table='movies'),)
    """
    too_long = length_problem(sql)
    if too_long:
        return QueryReading(problems=(too_long,))
    jinja = _JINJA.search(sql)
    if jinja:
        problem = problem_at(
            sql,
            jinja.start(),
            f"SQL is not a template: {jinja['sign'] or jinja['tag']} is Jinja",
            "write :data_interval_start, :data_interval_end or :run_id for what the run knows",
        )
        return QueryReading(problems=(problem,))
    found = _read(sql)
    foreign = [relation for relation in found.relations if not is_published(relation)]
    first: dict[TableName, int] = {}
    for relation in found.relations:
        if is_published(relation):
            first.setdefault(TableName(relation.schema, relation.name), relation.offset)
    upstream = tuple(sorted(first))
    problems = (
        *found.problems,
        *(foreign_table(sql, relation) for relation in foreign[:MOST_PROBLEMS]),
    )
    return QueryReading(
        upstream=upstream,
        places=tuple(place_of_offset(sql, first[table]) for table in upstream),
        problems=tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))),
    )


def digest_column(sql: str, column: str) -> str | None:
    """What a column of a gold table is computed from; None where the SQL cannot be read.

    >>> digest_column("select a as day from s.t", "day") == digest_column(
    ...     "select b as day from s.t where c < :data_interval_end", "day"
    ... )
    False
    """
    return column_digest.digest_column(sql, PLACEHOLDERS, column)


def placeholders_in(sql: str) -> frozenset[str]:
    """The run's values that a query asks for; none where it cannot be read.

    >>> sorted(placeholders_in("select 1 where :data_interval_end > now() -- :run_id"))
    ['data_interval_end']
    """
    return frozenset(place.name for place in _read(sql).placeholders)


def placeholder_places(sql: str) -> Mapping[str, tuple[int, int]]:
    r"""The run's values that a query asks for, each with line and column of its first place.

    >>> placeholder_places("select 1\nwhere :data_interval_end > now()")
    {'data_interval_end': (2, 7)}
    """
    found: dict[str, tuple[int, int]] = {}
    for one in _read(sql).placeholders:
        found.setdefault(one.name, place_of_offset(sql, one.start))
    return found


def select_with(sql: str, values: Mapping[str, str]) -> str:
    """The SELECT that the server gets: without its semicolon, our SQL in each placeholder's place.

    It may end with a comment, so what follows must start on a line of its own.

    Args:
        sql: a query in which `read_query` finds no problem.
        values: an SQL expression for each of PLACEHOLDERS.

    Raises:
        ValueError: it is not one SELECT, or not allowed; the text says why.
    """
    found = _read(sql)
    if found.problems:
        first = found.problems[0]
        raise ValueError(f"line {first.line}, column {first.column}: {first.problem}")
    return found.with_values(values)


def origin_in(sql: str, values: Mapping[str, str], offset: int) -> int:
    """The offset in an author's query of an offset in `select_with(sql, values)`."""
    return _read(sql).origin(values, offset)


def _read(sql: str) -> SelectText:
    return read_select(
        sql,
        PLACEHOLDERS,
        what="a gold table",
        remedy="leave one SELECT (a WITH before it is welcome); Medallion creates the table",
    )
