"""Where a thing is declared: a table, a column, the SQL of a gold table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from medallion.authoring.cursor_words import TABLE, match_at, word_at
from medallion.authoring.key_paths import KeyPath, line_of_key, spot_at
from medallion.authoring.schema_words import schema_of
from medallion.catalogue.declared_table import DeclaredTable
from medallion.names import TableName
from medallion.spec.sql.files import SQL_FOLDER
from medallion.workbench.comparison.sides import Side

Lines = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place in a file; line and columns from 0, in characters."""

    path: str
    line: int = 0
    first: int = 0
    last: int = 0


def find_definitions(
    path: str, line: int, column: int, side: Side, lines_of: Lines
) -> list[Target]:
    """Where what is at a place is declared; none where that is not known.

    Args:
        path: of the file, below the project.
        line, column: in characters, from 0.
        side: the project with the editor's texts.
        lines_of: gives the lines of a file, as the editor has it.
    """
    lines = lines_of(path)
    text = lines[line] if line < len(lines) else ""
    found = match_at(TABLE, text, column)
    if found is not None and (table := side.all_tables.get(found["table"])) is not None:
        in_column = found["column"] and column > found.end("table")
        return list(_of(table, found["column"] if in_column else "", lines_of))
    if schema_of(path) is None:
        return list(_in_sql(path, word_at(text, column), side, lines_of))
    return list(_in_spec(path, spot_at(lines, line, column).whole, text, column, side, lines_of))


def _in_spec(
    path: str, where: KeyPath, text: str, column: int, side: Side, lines_of: Lines
) -> Iterator[Target]:
    """`sql:` leads to the file, a column's name to the column."""
    word = word_at(text, column)
    if where[-1:] == ("sql",):
        name = text.partition("sql:")[2].partition("#")[0].strip(" '\"},")
        domain = PurePosixPath(path).parent.name
        yield Target(path=f"{SQL_FOLDER}/{domain}/{name}")
        return
    own = [one for one in side.all_tables.values() if one.spec_path == path]
    for table in own:
        top = "gold" if table.sql else "datasets"
        if where[:2] == (top, table.table.name) and word in _columns(table, side):
            yield from _of(table, word, lines_of)


def _in_sql(path: str, word: str, side: Side, lines_of: Lines) -> Iterator[Target]:
    """A column of what the SELECT reads."""
    own = next((one for one in side.all_tables.values() if one.sql_path == path), None)
    for name in own.upstream if own else ():
        table = side.all_tables.get(str(name))
        if table is not None and word in _columns(table, side):
            yield from _of(table, word, lines_of)


def _columns(table: DeclaredTable, side: Side) -> tuple[str, ...]:
    return tuple(side.origins.columns(TableName.parse(str(table.table.public))).names)


def _of(table: DeclaredTable, column: str, lines_of: Lines) -> Iterator[Target]:
    """A table's key in its spec; a column's key below it, or the SQL that makes it."""
    top: KeyPath = ("gold" if table.sql else "datasets", table.table.name)
    lines = lines_of(table.spec_path)
    if column and table.sql:
        yield Target(path=table.sql_path)
        return
    path = (*top, "silver", "columns", column) if column else top
    at = line_of_key(lines, path)
    if at is not None:
        first = lines[at].find(str(path[-1]))
        last = first + len(str(path[-1]))
        yield Target(path=table.spec_path, line=at, first=first, last=last)
