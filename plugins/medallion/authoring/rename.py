"""Renames a silver column in its spec, in other specs and in gold SQL: gold keeps its own names.

Places come from parsers: PyYAML's marks for specs, PostgreSQL's for SQL. What is found is tried
before it is handed out; a rename after which the project is wrong, or says something else, is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from medallion.authoring.completion import COLUMN_KEYS
from medallion.authoring.cursor_words import word_at
from medallion.authoring.drafts import issues_of
from medallion.authoring.files import is_author_file
from medallion.authoring.key_paths import ITEM, KeyPath, spot_at
from medallion.catalogue.declared_table import DeclaredTable
from medallion.compiler.guard import Guard
from medallion.compiler.uses import Reading, ask_uses
from medallion.errors import MedallionError
from medallion.names import COLUMN_PATTERN, TableName
from medallion.sql.result_columns import TableColumn
from medallion.sql.tokens import COMMENT, LEXES, QUOTED, WORD, Piece, pieces_of
from medallion.workbench.comparison.downstream import Graph
from medallion.workbench.comparison.sides import Side

Lines = Callable[[str], list[str]]
Look = Callable[[Mapping[str, str]], Side]
_CLAUSES = frozenset(
    ("select", "from", "where", "group", "order", "having", "limit", "on", "using", "window")
)
_MOST_SHOWN = 3


class CannotRename(MedallionError):
    """The author must act: the rename would leave the project wrong, or change what it says."""

    acts = "the author of the spec"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edit:
    """A text in place of a part of a line; line and columns from 0, in characters."""

    path: str
    line: int
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """A column that gets another name, and the project that it is in.

    `lines_of`: gives the lines of a file. `look`: compiles the project with some texts in place.
    `tests`: the paths of files of unit tests.
    """

    side: Side
    table: DeclaredTable
    old: str
    new: str
    lines_of: Lines
    look: Look
    guard: Guard
    tests: tuple[str, ...] = ()


def column_at(
    path: str, line: int, first: int, side: Side, lines_of: Lines
) -> tuple[DeclaredTable, str] | None:
    """The silver column whose key a place is; None of any other place."""
    spot = spot_at(lines_of(path), line, first)
    where = spot.whole
    if len(where) != 5 or where[0] != "datasets" or where[2:4] != ("silver", "columns"):
        return None
    for table in side.all_tables.values():
        if table.spec_path == path and table.table.name == where[1] and not table.sql:
            return table, str(where[4])
    return None


def read_column_at(
    path: str, line: int, first: int, side: Side, lines_of: Lines, guard: Guard
) -> tuple[DeclaredTable, str] | None:
    """The column of another table that a place of gold SQL names, as PostgreSQL's parser resolves
    it: of two tables with such a column, the one that is meant."""
    own = next((one for one in side.all_tables.values() if one.sql_path == path), None)
    lines = lines_of(path)
    if own is None or line >= len(lines):
        return None
    word = word_at(lines[line], first)
    known = {name: side.origins.columns(name) for name in own.upstream}
    asked = [TableColumn(name, word) for name, columns in known.items() if word in columns.names]
    if not asked:
        return None
    (uses,) = ask_uses([Reading(text=own.sql, tables=known, asked=asked)], side.root, guard)
    for column, spots in uses.items():
        for number, at in spots:
            found = _match_name(word, lines[line], at - 1) if number == line + 1 else None
            if found and found.start() <= first <= found.end():
                table = side.all_tables.get(str(column.table))
                return (table, word) if table is not None else None
    return None


def rename_column(asked: Renaming) -> list[Edit]:
    """The edits of a rename, in all files that name the column.

    Raises:
        CannotRename: the name is not one of a column, or something would be wrong afterwards.
    """
    names = [column.name for column in asked.table.columns]
    edits = sorted({*_in_specs(asked), *edit_readers(asked), *edit_tests(asked)})
    after = try_edits(asked, names, edits)
    _hold_to_meaning(asked, after)
    return edits


def apply(lines: Mapping[str, Sequence[str]], edits: Iterable[Edit]) -> dict[str, str]:
    """The texts of files once edits are made.

    >>> edit = Edit(path="a", line=0, first=2, last=3, text="xyz")
    >>> apply({"a": ["a b c"]}, [edit])
    {'a': 'a xyz c'}
    """
    found = {path: list(known) for path, known in lines.items()}
    for edit in sorted(edits, reverse=True):
        line = found[edit.path][edit.line]
        found[edit.path][edit.line] = line[: edit.first] + edit.text + line[edit.last :]
    return {path: "\n".join(known) for path, known in found.items()}


def try_edits(asked: Renaming, names: Collection[str], edits: Sequence[Edit]) -> Side:
    """The project as it would be.

    Args:
        asked: what is renamed.
        names: the columns of its table.
        edits: in all files.

    Raises:
        CannotRename: the new name is not one of a column, or something would be wrong.
    """
    _hold_to_name(asked, names)
    texts = apply({edit.path: asked.lines_of(edit.path) for edit in edits}, edits)
    after = asked.look({path: text for path, text in texts.items() if is_author_file(path)})
    known = set(issues_of(asked.side))
    new = [issue for issue in issues_of(after) if issue not in known]
    if new:
        shown = "; ".join(issue.one_line() for issue in new[:_MOST_SHOWN])
        raise CannotRename(
            f"{asked.old} cannot be renamed to {asked.new}: {shown}",
            remedy="change that place by hand first",
        )
    return after


def _hold_to_name(asked: Renaming, names: Collection[str]) -> None:
    if not re.fullmatch(COLUMN_PATTERN, asked.new) or asked.new in names:
        raise CannotRename(
            f"{asked.new!r} cannot be a column of {asked.table.table.public}",
            remedy="a column begins with a letter, has small letters, digits and underscores, and "
            "a table has one of a name",
        )
    if asked.table.spec_path not in asked.side.specs:
        raise CannotRename(
            f"{asked.table.spec_path} is not valid now", remedy="correct it before you rename"
        )


def _hold_to_meaning(asked: Renaming, after: Side) -> None:
    """The column reads what it read, and no other table has other columns."""
    own = str(asked.table.table.public)
    before, now = _column(asked.side, own, asked.old), _column(after, own, asked.new)
    if before is None or now is None or before[1:] != now[1:]:
        raise CannotRename(
            f"{asked.new} would not be read as {asked.old} is",
            remedy="say `from:` for the column, then rename it",
        )
    for name in asked.side.all_tables:
        columns = [
            side.origins.columns(TableName.parse(name)).names for side in (asked.side, after)
        ]
        if name != own and columns[0] != columns[1]:
            raise CannotRename(
                f"{name} would have other columns: it takes those of {own} as they are",
                remedy=f"name them in its SELECT ({asked.old} AS {asked.old}), or rename them too",
            )


def _names(side: Side, table: str) -> tuple[str, ...]:
    return tuple(side.origins.columns(TableName.parse(table)).names)


def _column(side: Side, table: str, name: str) -> tuple[object, ...] | None:
    known = side.all_tables.get(table)
    for one in known.columns if known else ():
        if one.name == name:
            return (one.name, one.type, one.nullable, one.fields, one.personal)
    return None


def _in_specs(asked: Renaming) -> Iterator[Edit]:
    """Of valid specs alone: the guarded process has read them."""
    for path in asked.side.specs:
        lines = asked.lines_of(path)
        root = yaml.compose("\n".join(lines), Loader=yaml.CSafeLoader)
        if root is not None:
            for where, node, is_key in find_scalars(root, ()):
                if not is_key and _is_silver_sql(asked, path, where):
                    yield from edit_expression(asked, path, lines, node)
                else:
                    yield from _edit(asked, path, where, node, is_key=is_key)
            if path == asked.table.spec_path:
                yield from _read_as_before(asked, path, root)


def find_scalars(node: Node, where: KeyPath) -> Iterator[tuple[KeyPath, ScalarNode, bool]]:
    """Each key and each text of a document, with the path of what holds it."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield where, key, True
                yield from find_scalars(value, (*where, key.value))
    elif isinstance(node, SequenceNode):
        for one in node.value:
            yield from find_scalars(one, (*where, ITEM))
    elif isinstance(node, ScalarNode):
        yield where, node, False


def _edit(
    asked: Renaming, path: str, where: KeyPath, node: ScalarNode, *, is_key: bool
) -> Iterator[Edit]:
    """The edit of one key or text, if it names the column."""
    table = asked.table
    own = ("datasets", table.table.name, "silver")
    is_own = path == table.spec_path and where[:3] == own
    whole = f"{table.table.public}.{asked.old}"
    named = next((part for part in reversed(where) if isinstance(part, str)), "")
    if is_key:
        names_it = is_own and where == (*own, "columns") and node.value == asked.old
    else:
        looked_up = path == table.spec_path and where[-2:-1] == ("lookup",) and named != "dataset"
        names_it = node.value == asked.old and (
            (is_own and named in COLUMN_KEYS) or (looked_up and _is_of(asked, path, where))
        )
    is_ordered = is_own and not is_key and named == "order_by"
    if is_ordered and node.value.split()[:1] == [asked.old] != [node.value]:  # `amount desc`
        first = node.start_mark.column + (1 if node.style else 0)
        last = first + len(asked.old)
        yield Edit(path=path, line=node.start_mark.line, first=first, last=last, text=asked.new)
    elif names_it or (not is_key and node.value == whole):
        end = node.end_mark.column - (1 if node.style else 0)
        if node.start_mark.line == node.end_mark.line:
            first = end - len(asked.old)
            yield Edit(path=path, line=node.start_mark.line, first=first, last=end, text=asked.new)


def _is_of(asked: Renaming, path: str, where: KeyPath) -> bool:
    """Whether a look-up is into the table's dataset."""
    lines = "\n".join(asked.lines_of(path))
    root = yaml.compose(lines, Loader=yaml.CSafeLoader)
    node = find_node(root, (*where[:-1], "dataset"))
    return isinstance(node, ScalarNode) and node.value == asked.table.table.name


def find_node(node: Node | None, where: KeyPath) -> Node | None:
    """The value at a path of keys; None where there is none."""
    for part in where:
        if not isinstance(node, MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == part), None)
    return node


def _read_as_before(asked: Renaming, path: str, root: Node) -> Iterator[Edit]:
    """`from:`, where the column read the field of its own name without saying so."""
    column = next(one for one in asked.table.columns if one.name == asked.old)
    where = ("datasets", asked.table.table.name, "silver", "columns", asked.old)
    node = find_node(root, where)
    if column.fields != (asked.old,) or not isinstance(node, MappingNode):
        return
    if any(key.value in ("from", "expression", "lookup") for key, _ in node.value):
        return
    mark = node.start_mark
    if node.flow_style:
        text, at = f"from: {asked.old}, ", mark.column + 1
    else:
        text, at = f"from: {asked.old}\n{' ' * mark.column}", mark.column
    yield Edit(path=path, line=mark.line, first=at, last=at, text=text)


def _is_silver_sql(asked: Renaming, path: str, where: KeyPath) -> bool:
    """Whether an expression over the table's own columns is there: `filter`, `expression`, the
    `where` of an index."""
    own = ("datasets", asked.table.table.name, "silver")
    if path != asked.table.spec_path or where[:3] != own or asked.table.sql:
        return False
    if where[3:] in (("filter",), ("indexes", ITEM, "where")):
        return True
    return where[3:4] == ("columns",) and where[5:] == ("expression",)


def is_named(piece: Piece, name: str) -> bool:
    """Whether a piece of SQL is a name, with quotes or without."""
    return (piece.kind == WORD and piece.word == name) or (
        piece.kind == QUOTED and piece.text == f'"{name}"'
    )


def edit_expression(
    asked: Renaming, path: str, lines: Sequence[str], node: ScalarNode
) -> Iterator[Edit]:
    """Each name of the column in the SQL of a spec, on one line or as a block (`|`).

    Raises:
        CannotRename: the text has escapes, or its lines are folded.
    """
    spots = [one for one in pieces_of(node.value, LEXES["postgres"]) if is_named(one, asked.old)]
    for one in spots:
        before = node.value[: one.start]
        number, at = before.count("\n"), one.start - (before.rfind("\n") + 1)
        line, start = _line_of_text(node, lines, number)
        if line is None:
            raise CannotRename(
                f"{path}:{node.start_mark.line + 1} has {asked.old} in SQL with escapes, or whose "
                "lines are folded",
                remedy="change that place by hand first",
            )
        first = start + at
        text = f'"{asked.new}"' if one.kind == QUOTED else asked.new
        yield Edit(path=path, line=line, first=first, last=first + one.end - one.start, text=text)


def _line_of_text(node: ScalarNode, lines: Sequence[str], number: int) -> tuple[int | None, int]:
    """The line of the file that has a line of a text, and where the text begins in it; None where
    they are not the same, letter by letter."""
    mark, said = node.start_mark, node.value.split("\n")
    if node.style == "|":
        line = mark.line + 1 + number
        text = lines[line] if line < len(lines) else ""
        start = len(text) - len(said[number])
        return (line, start) if start >= 0 and not text[:start].strip() and text[
            start:] == said[number] else (None, 0)  # fmt: skip
    start = mark.column + (1 if node.style in ('"', "'") else 0)
    is_same = lines[mark.line][start : start + len(node.value)] == node.value
    return (mark.line, start) if is_same else (None, 0)


def edit_tests(asked: Renaming) -> Iterator[Edit]:
    """Each place of unit tests that names the column: in rows that are given or expected of the
    table, and in the reason of a quarantined one. A file that is not YAML is passed over."""
    table = str(asked.table.table.public)
    for path in asked.tests:
        lines = asked.lines_of(path)
        try:
            root = yaml.compose("\n".join(lines), Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, RecursionError):
            continue
        if root is None:
            continue
        for where, node, is_key in find_scalars(root, ()):
            is_of = where[:1] == ("tests",) and where[2:3] in (("given",), ("expect",))
            if is_of and where[3:4] == (table,) and _names_in_test(asked, where, node, is_key):
                yield from _edit_in_test(asked, path, node)


def _names_in_test(asked: Renaming, where: KeyPath, node: ScalarNode, is_key: bool) -> bool:
    if is_key:
        return where[4:] == ("rows", ITEM) and node.value == asked.old
    if where[4:] != ("quarantined", ITEM, "reason"):
        return False
    reason = str(node.value)
    return reason == asked.old or reason.startswith(f"{asked.old}:")


def _edit_in_test(asked: Renaming, path: str, node: ScalarNode) -> Iterator[Edit]:
    first = node.start_mark.column + (1 if node.style else 0)
    if node.style not in ("|", ">"):
        yield Edit(
            path=path,
            line=node.start_mark.line,
            first=first,
            last=first + len(asked.old),
            text=asked.new,
        )


def edit_readers(asked: Renaming) -> Iterator[Edit]:
    """Each place of gold SQL that names the column of this table."""
    graph = Graph.of(asked.side)
    own = TableName.parse(str(asked.table.table.public))
    direct = [one for one in graph.direct(str(own)) if one.sql]
    column = TableColumn(own, asked.old)
    readings = [
        Reading(
            text=one.sql,
            tables={name: graph.origins.columns(name) for name in one.upstream},
            asked=[column],
        )
        for one in direct
    ]
    for one, uses in zip(direct, ask_uses(readings, asked.side.root, asked.guard), strict=True):
        lines = asked.lines_of(one.sql_path)
        _hold_to_plain_names(asked, one.sql_path, one.sql)
        for line, at in uses.get(column, ()):
            yield _sql_edit(asked, one.sql_path, lines, line - 1, at - 1)


def _hold_to_plain_names(asked: Renaming, path: str, text: str) -> None:
    """No column is taken out of a whole row, `(o).amount`, whose table no reader of names knows.

    Raises:
        CannotRename: one of this name is.
    """
    pieces = [one for one in pieces_of(text, LEXES["postgres"]) if one.kind != COMMENT]
    for row, dot, name in zip(pieces, pieces[1:], pieces[2:], strict=False):
        if row.text == ")" and dot.text == "." and is_named(name, asked.old):
            number = text.count("\n", 0, name.start) + 1
            raise CannotRename(
                f"{path}:{number} takes {asked.old} out of a whole row, and it is not known of "
                "which table",
                remedy="write it without brackets, or change that place by hand first",
            )


def _sql_edit(asked: Renaming, path: str, lines: list[str], line: int, at: int) -> Edit:
    """`b.old` becomes `b.new`; as a result without another name, `b.new AS old`."""
    text = lines[line] if line < len(lines) else ""
    found = _match_name(asked.old, text, at)
    if found is None:
        raise CannotRename(
            f"{path}:{line + 1} names {asked.old} in a way that is not known",
            remedy="change that place by hand first",
        )
    last = found.end()
    first = last - len(asked.old) - 2 * len(found[1])
    offset = sum(len(one) + 1 for one in lines[:line])
    keeps = _is_result("\n".join(lines), offset + found.start(), offset + last)
    return Edit(
        path=path,
        line=line,
        first=first,
        last=last,
        text=f"{asked.new} AS {asked.old}" if keeps else asked.new,
    )


def _match_name(column: str, text: str, at: int) -> re.Match[str] | None:
    """A column's name with what may be before it: `b.amount`, `"b"."amount"`."""
    pattern = rf"""(?:(?:\w+|"[^"]+")\s*\.\s*)*("?){re.escape(column)}\1"""
    return re.compile(pattern).match(text, at)


def _is_result(text: str, start: int, end: int) -> bool:
    """Whether a name is a whole entry of a SELECT's list, which gives the result its name."""
    pieces = [one for one in pieces_of(text, LEXES["postgres"]) if one.kind != COMMENT]
    before = [one for one in pieces if one.end <= start]
    behind = next((one.word for one in pieces if one.start >= end), "")
    clauses = [""]
    for one in before:
        if one.text == "(":
            clauses.append("")
        elif one.text == ")" and len(clauses) > 1:
            clauses.pop()
        elif one.word in _CLAUSES:
            clauses[-1] = one.word
    return clauses[-1] == "select" and _begins(before) and behind in (",", "from", ")", "", ";")


def _begins(before: list[Piece]) -> bool:
    return bool(before) and before[-1].word in ("select", "distinct", "all", ",")
