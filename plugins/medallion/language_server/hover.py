"""What stands behind the word under the cursor: a key's meaning, a table's or a column's type."""

from __future__ import annotations

from medallion.authoring.cursor_words import TABLE, match_at, word_at
from medallion.authoring.key_paths import spot_at
from medallion.authoring.schema_words import schema_of
from medallion.catalogue.declared_table import DeclaredColumn, DeclaredTable
from medallion.names import TableName
from medallion.workbench.comparison.sides import Side

MOST_COLUMNS = 40


def hover(path: str, lines: list[str], line: int, column: int, side: Side | None) -> str:
    """Markdown about a place; empty where nothing is known.

    Args:
        path: of the file, below the project.
        lines: its text.
        line, column: in characters, from 0.
        side: the project as it is with the editor's texts; None: not known yet.
    """
    text = lines[line] if line < len(lines) else ""
    found = match_at(TABLE, text, column)
    name = found["table"] if found else ""
    if side is not None and (table := side.all_tables.get(name)) is not None:
        return describe_table(table, side)
    schema = schema_of(path)
    if schema is not None:
        spot = spot_at(lines, line, column)
        return schema.describe(spot.whole) or _of_column(path, spot.whole, side)
    word = word_at(text, column)
    return _of_sql(path, word, side) if word and side is not None else ""


def describe_table(table: DeclaredTable, side: Side) -> str:
    """A table with its columns, as far as specs say them."""
    head = f"**{table.table.public}** · {table.spec_path}"
    parts = [head, *filter(None, (table.description,))]
    known = {column.name: column for column in table.columns}
    names = list(side.origins.columns(TableName.parse(str(table.table.public))).names) or list(
        known
    )
    rows = [
        f"- `{name}` {_about(known[name])}" if name in known else f"- `{name}`"
        for name in names[:MOST_COLUMNS]
    ]
    more = [f"- … and {len(names) - MOST_COLUMNS} more"] if len(names) > MOST_COLUMNS else []
    return "\n\n".join([*parts, "\n".join([*rows, *more])]).strip()


def _of_column(path: str, where: tuple[str | int, ...], side: Side | None) -> str:
    """A column that the spec declares: its type, as the project has it."""
    if side is None or len(where) < 5 or where[0] != "datasets" or where[3] != "columns":
        return ""
    for table in side.all_tables.values():
        if table.spec_path == path and table.table.name == where[1] and not table.sql:
            for column in table.columns:
                if column.name == where[4]:
                    return f"**{column.name}** {_about(column)}"
    return ""


def _of_sql(path: str, word: str, side: Side) -> str:
    """A column in gold SQL: each table that the SELECT reads and that has one of this name."""
    own = next((one for one in side.all_tables.values() if one.sql_path == path), None)
    if own is None:
        return ""
    found = []
    for name in own.upstream:
        table = side.all_tables.get(str(name))
        if table is None:
            continue
        column = next((one for one in table.columns if one.name == word), None)
        if column is not None:
            found.append(f"**{name}.{word}** {_about(column)}")
        elif word in side.origins.columns(name).names:
            found.append(f"**{name}.{word}**")
    return "\n\n".join(found)


def _about(column: DeclaredColumn) -> str:
    nullable = {True: "nullable", False: "not null", None: ""}[column.nullable]
    parts = (column.type, nullable, column.unit, column.personal)
    said = ", ".join(part for part in parts if part)
    return " — ".join(part for part in (said, column.description) if part)
