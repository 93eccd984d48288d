"""Renames a gold column: in its SELECT, in its spec, in dashboards, and in the SQL that reads it.

As with a silver column, what is found is tried before it is handed out: a place that was overlooked
is a problem of the project then, and the rename is refused with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from medallion.authoring.completion import COLUMN_KEYS
from medallion.authoring.cursor_words import TABLE, match_at, word_at
from medallion.authoring.key_paths import KeyPath, spot_at
from medallion.authoring.rename import (
    CannotRename,
    Edit,
    Lines,
    Renaming,
    edit_expression,
    edit_readers,
    edit_tests,
    find_node,
    find_scalars,
    is_named,
    try_edits,
)
from medallion.catalogue.declared_table import DeclaredTable
from medallion.names import TableName
from medallion.sql.tokens import COMMENT, LEXES, Piece, pieces_of
from medallion.workbench.comparison.sides import Side

_ENDS = frozenset(
    ("from", "where", "group", "having", "window", "order", "limit", "offset", "fetch", "union",
     "intersect", "except", "for")
)  # fmt: skip
"""What ends a SELECT's list."""
_CHART_KEYS = COLUMN_KEYS | {"x_axis", "y_axis", "dimensions", "entity", "series", "size"}
_SQL_KEYS = frozenset(("expression", "clause", "where"))


def gold_column_at(
    path: str, line: int, column: int, side: Side, lines_of: Lines
) -> tuple[DeclaredTable, str] | None:
    """The gold column that a place names: in its spec, in its SQL, in the SQL of what reads it.
    None of any other place, and where it may be one of several."""
    lines = lines_of(path)
    text = lines[line] if line < len(lines) else ""
    if (found := match_at(TABLE, text, column)) is not None:
        table = side.all_tables.get(found["table"])
        named = found["column"] if table is not None and table.sql else ""
        return (table, named) if table is not None and named else None
    word, where = word_at(text, column), spot_at(lines, line, column).whole
    gold = [one for one in side.all_tables.values() if one.sql and word in _columns(side, one)]
    own = [one for one in gold if path == one.sql_path or _is_in_spec(one, path, where)]
    reader = next((one for one in side.all_tables.values() if one.sql_path == path), None)
    read = reader.upstream if reader is not None else ()
    # In SQL, a word that is a column of what it reads is that one: `d.day` before its own `day`.
    near = [one for one in gold if one.table.public in read] or own
    return (near[0], word) if len(near) == 1 else None


def rename_gold_column(asked: Renaming) -> list[Edit]:
    """The edits of a rename, in all files that name the column.

    Raises:
        CannotRename: the name is not one of a column, or something would be wrong afterwards.
    """
    columns = _columns(asked.side, asked.table)
    edits = sorted(
        {*_in_own_sql(asked), *_in_specs(asked), *edit_readers(asked), *edit_tests(asked)}
    )
    after = try_edits(asked, columns, edits)
    own = after.all_tables.get(str(asked.table.table.public))
    renamed = tuple(asked.new if name == asked.old else name for name in columns)
    if own is None or _columns(after, own) != renamed:
        raise CannotRename(
            f"{asked.table.table.public} would have other columns than {asked.new} in place of "
            f"{asked.old}",
            remedy=f"change {asked.table.sql_path} by hand first",
        )
    return edits


def _columns(side: Side, table: DeclaredTable) -> tuple[str, ...]:
    return tuple(side.origins.columns(TableName.parse(str(table.table.public))).names)


def _is_in_spec(table: DeclaredTable, path: str, where: KeyPath) -> bool:
    return path == table.spec_path and where[:2] == ("gold", table.table.name)


def _in_own_sql(asked: Renaming) -> Iterator[Edit]:
    """The entry of the SELECT's list that gives the column its name, and what names the result."""
    path = asked.table.sql_path
    text = "\n".join(asked.lines_of(path))
    pieces = [one for one in pieces_of(text, LEXES["postgres"]) if one.kind != COMMENT]
    level = list(_at_the_top(pieces))
    ends = [entry[-1] for entry in _entries(level) if is_named(entry[-1], asked.old)]
    if len(ends) != 1:
        raise CannotRename(
            f"{path} does not give {asked.old} its name in the list of its SELECT",
            remedy=f"write `… AS {asked.old}` there first",
        )
    last, before = ends[0], pieces[pieces.index(ends[0]) - 1]
    if before.text in (".", ",") or before.word in ("select", "distinct", "all"):
        yield _edit(path, text, last.end, last.end, f" AS {asked.new}")
        return
    yield _edit(path, text, last.start, last.end, asked.new)
    inputs = {name for up in asked.table.upstream for name in asked.side.origins.columns(up).names}
    if asked.old not in inputs:
        for one in _behind_list(level):
            if is_named(one, asked.old) and pieces[pieces.index(one) - 1].text != ".":
                yield _edit(path, text, one.start, one.end, asked.new)


def _at_the_top(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces that no bracket holds; of one that is in brackets, the brackets."""
    depth = 0
    for one in pieces:
        depth -= one.text == ")"
        if depth == 0:
            yield one
        depth += one.text == "("


def _entries(level: Sequence[Piece]) -> Iterator[list[Piece]]:
    """What the first SELECT's list has between its commas."""
    entry: list[Piece] = []
    begun = False
    for one in level:
        if not begun:
            begun = one.word == "select"
        elif one.word in _ENDS or one.text == ";":
            break
        elif one.text == ",":
            if entry:
                yield entry
            entry = []
        else:
            entry.append(one)
    if entry:
        yield entry


def _behind_list(level: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces of GROUP BY and ORDER BY, which may name a result."""
    clause = ""
    for one in level:
        if one.word in _ENDS or one.word == "select":
            clause = one.word
        elif clause in ("group", "order"):
            yield one


def _edit(path: str, text: str, start: int, end: int, new: str) -> Edit:
    line = text.count("\n", 0, start)
    first = start - (text.rfind("\n", 0, start) + 1)
    return Edit(path=path, line=line, first=first, last=first + end - start, text=new)


def _in_specs(asked: Renaming) -> Iterator[Edit]:
    """Of valid specs alone: the guarded process has read them."""
    for path in asked.side.specs:
        lines = asked.lines_of(path)
        root = yaml.compose("\n".join(lines), Loader=yaml.CSafeLoader)
        if root is None:
            continue
        for where, node, is_key in find_scalars(root, ()):
            if _is_expression(asked, path, root, where) and not is_key:
                yield from edit_expression(asked, path, lines, node)
            elif _names_it(asked, path, root, where, node, is_key=is_key):
                end = node.end_mark.column - (1 if node.style else 0)
                first = end - len(asked.old)
                yield Edit(
                    path=path, line=node.start_mark.line, first=first, last=end, text=asked.new
                )


def _names_it(
    asked: Renaming, path: str, root: Node, where: KeyPath, node: ScalarNode, *, is_key: bool
) -> bool:
    table = asked.table
    if not is_key and node.value == f"{table.table.public}.{asked.old}":
        return True
    if node.value != asked.old:
        return False
    named = next((part for part in reversed(where) if isinstance(part, str)), "")
    if _is_in_spec(table, path, where):
        own = ("gold", table.table.name)
        if is_key:
            return where in ((*own, "columns"), (*own, "dimensions"))
        return named in COLUMN_KEYS
    return not is_key and named in _CHART_KEYS and _is_of_dashboard(asked, path, root, where)


def _is_expression(asked: Renaming, path: str, root: Node, where: KeyPath) -> bool:
    """Whether SQL over the table's columns is there."""
    if _is_in_spec(asked.table, path, where):
        said = where[2:3] in (("metrics",), ("dimensions",), ("row_filters",))
        return said and (where[-1] in _SQL_KEYS or (where[2] == "metrics" and len(where) == 4))
    return where[-1:] == ("where",) and _is_of_dashboard(asked, path, root, where)


def _is_of_dashboard(asked: Renaming, path: str, root: Node, where: KeyPath) -> bool:
    """Whether a chart or a filter is of the table. A filter that names none is of all."""
    if where[:1] != ("dashboards",) or where[2:3] not in (("charts",), ("filters",)):
        return False
    node = find_node(root, (*where[:4], "table"))
    if isinstance(node, ScalarNode):
        names = [str(asked.table.table.public)]
        if path == asked.table.spec_path:
            names.append(asked.table.table.name)
        return node.value in names
    charts = find_node(root, (*where[:2], "charts"))
    some = charts.value if isinstance(charts, MappingNode) else []
    return where[2] == "filters" and any(
        _is_of_dashboard(asked, path, root, (*where[:2], "charts", key.value)) for key, _ in some
    )
