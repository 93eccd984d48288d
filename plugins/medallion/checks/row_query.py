"""The author's own SQL of a check: one SELECT over `{batch}`, the rows at hand, read and prepared.

GX formats a query (braces), binds parameters in it (colons), and puts brackets and an alias round
the batch and round the whole. What it would read into the author's text is escaped; the rest of the
text reaches the server as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from medallion.names import TableName
from medallion.sql.columns import select_columns
from medallion.sql.libpg_query import scan
from medallion.sql.placeholders import Placeholder, origin_of, splice_values
from medallion.sql.postgres_select import SelectText, read_select, select_tree
from medallion.sql.problem import QueryProblem, problem_at
from medallion.sql.published import foreign_table, is_published
from medallion.sql.renamed_schemas import rename_schemas
from medallion.sql.scope import Columns, Tables

BATCH = "{batch}"
_AS_A_NAME = '"batch"'
"""Takes the place of the batch while the text is read: as long as it."""
_BIND = re.compile(r"(?<![:\w\\]):(?=\w)")
"""What SQLAlchemy takes for a parameter in a query's text, an author for a colon."""
_ESCAPE = re.compile(r"\\(?=:[\w$]*(?![:\w$]))")
"""A backslash that SQLAlchemy takes for its own escape, and takes away."""
_BETWEEN_COLONS = re.compile(r"(?<![:\w\\]):\w+:")
"""What SQLAlchemy takes for a parameter, and what its escape does not reach."""
_BATCH_WITH_ALIAS = "(SELECT * FROM {batch})"
"""The batch where the author gives it a name: GX gives one of its own to what it puts in."""


def query_problems(text: str) -> tuple[QueryProblem, ...]:
    """Problems in a check's query, by line and column. No server is asked."""
    found = _read(text)
    foreign = (
        foreign_table(text, relation, f", or {BATCH}")
        for relation in found.relations
        if not (is_published(relation) or _is_batch(text, relation.offset))
    )
    problems = (*found.problems, *foreign)
    if not problems:
        problems = tuple(_not_for_gx(text, found))
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def query_tables(text: str) -> tuple[TableName, ...]:
    """The published tables that a check's query reads besides the batch, sorted.

    >>> query_tables("select 1 from {batch} b join silver_shop.orders o using (order_id)")
    (TableName(schema='silver_shop', table='orders'),)
    """
    published = (relation for relation in _read(text).relations if is_published(relation))
    return tuple(sorted({TableName(relation.schema, relation.name) for relation in published}))


def rename_batch_schemas(text: str, schemas: Mapping[str, str]) -> str:
    """The query, which reads the same tables in other schemas (`sql.renamed_schemas`).

    >>> rename_batch_schemas("select 1 from {batch} join silver_a.b using (c)", {"silver_a": "s"})
    'select 1 from {batch} join s.b using (c)'
    """
    return rename_schemas(text, schemas, read_as=text.replace(BATCH, _AS_A_NAME))


def _not_for_gx(text: str, found: SelectText) -> Iterator[QueryProblem]:
    if not _batches(text, found):
        what = f"the query does not read {BATCH}: it would say nothing of the rows at hand"
        yield QueryProblem(problem=what, remedy="write SELECT … FROM {batch} WHERE …")
    colons = _BETWEEN_COLONS.search(text)
    if colons:
        yield problem_at(
            text,
            colons.start(),
            f"{colons.group()} would reach PostgreSQL with a backslash: Great Expectations takes "
            "it for a parameter",
            "put a space behind the first colon; in a text, write it in two: ':' || 'name:'",
        )


def query_tree(text: str) -> Mapping[str, Any] | None:
    """The raw parse tree of a check's query, whose offsets are those of the text; None if it is not
    one SELECT."""
    return select_tree(text.replace(BATCH, _AS_A_NAME), ())


def unknown_columns(text: str, batch: Columns, tables: Tables) -> tuple[QueryProblem, ...]:
    """The columns in a query that certainly none of its tables has.

    Args:
        text: as its author wrote it, without other problems.
        batch: the columns of the rows at hand.
        tables: what is known about published tables.
    """
    read = text.replace(BATCH, _AS_A_NAME)
    tree = query_tree(text)
    if tree is None:
        return ()
    return select_columns(read, tree, tables, {_AS_A_NAME.strip('"'): batch}).problems


def query_for_gx(text: str) -> str:
    """The query as GX takes it: colons and braces escaped, `{batch}` left for GX to fill.
    `query_problems` must have found nothing.

    >>> query_for_gx("select fee::text, '{}' from {batch}")
    "select fee::text, '{{}}' from {batch}"
    """
    found = _read(text)
    sent = _with_batches_in_texts(text, found.text)
    parts, at = [], 0
    for offset, batch in _batches(text, found).items():
        parts += [_escape(sent[at:offset]), batch]
        at = offset + len(BATCH)
    end = [token.end for token in scan(found.text) if not token.is_comment][-1]
    return "".join((*parts, _escape(sent[at:end])))


def query_over(text: str, batch: str) -> tuple[str, Callable[[int], int]]:
    """The query as PostgreSQL takes it without GX. `query_problems` must have found nothing.

    >>> query_over("select * from {batch} where fee < 0", "staging.orders")[0]
    'select * from staging.orders where fee < 0'

    Args:
        text: as its author wrote it.
        batch: our SQL for the rows at hand.

    Returns:
        The query, and a function from an offset in it to the offset in the author's text.
    """
    found = _read(text)
    sent = _with_batches_in_texts(text, found.text)
    places = [
        Placeholder(name=BATCH, start=offset, end=offset + len(BATCH))
        for offset in _batches(text, found)
    ]
    values = {BATCH: batch}
    return splice_values(sent, places, values), lambda offset: origin_of(
        sent, places, values, offset
    )


def _read(text: str) -> SelectText:
    return read_select(text.replace(BATCH, _AS_A_NAME), (), what="the query of a check")


def _is_batch(text: str, offset: int) -> bool:
    return text.startswith(BATCH, offset)


def _batches(text: str, found: SelectText) -> dict[int, str]:
    """By its place, what GX is given for each batch that is a table in the query, not a text."""
    aliased = {relation.offset for relation in found.relations if relation.has_alias}
    return {
        token.start: _BATCH_WITH_ALIAS if token.start in aliased else BATCH
        for token in scan(found.text)
        if token.text == _AS_A_NAME and _is_batch(text, token.start)
    }


def _with_batches_in_texts(text: str, read: str) -> str:
    """What was read, with `{batch}` again wherever the author wrote it."""
    found = list(read)
    for batch in re.finditer(re.escape(BATCH), text):
        found[batch.start() : batch.end()] = BATCH
    return "".join(found)


def _escape(text: str) -> str:
    """As GX takes it: it formats braces, and SQLAlchemy binds what follows a colon."""
    colons = _BIND.sub(r"\\:", _ESCAPE.sub(r"\\\\", text))
    return colons.replace("{", "{{").replace("}", "}}")
