"""Puts other schemas in the place of those that an SQL text names, by offset.

The rest of the text stays as its author wrote it, as with values (`placeholders.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from medallion.sql.libpg_query import scan
from medallion.sql.postgres_select import select_tree
from medallion.sql.tree_nodes import Node, offset_of, texts

_QUALIFIED = 3
"""Parts of a column's name that begins with a schema: `silver_shop.orders.price`, or `.*`."""


def rename_schemas(
    text: str,
    schemas: Mapping[str, str],
    placeholders: Collection[str] = (),
    read_as: str | None = None,
) -> str:
    """The text of one SELECT, which reads the same tables in other schemas.

    >>> rename_schemas("select * from silver_a.b -- silver_a.b", {"silver_a": "silver_a__alice"})
    'select * from silver_a__alice.b -- silver_a.b'

    Args:
        text: in which `read_select` finds no problem; anything else comes back as it is.
        schemas: by the present name, the new one: small letters, digits and underscores.
        placeholders: the names that may follow a colon.
        read_as: what is parsed where the text itself is not SQL; every offset is the same in both.

    Raises:
        ValueError: a name is written by the numbers of its letters (`U&"…"`).
    """
    read = text if read_as is None else read_as
    tree = select_tree(read, placeholders)
    if tree is None:
        return text
    tokens = {token.start: token for token in scan(read) if not token.is_comment}
    parts, at = [], 0
    for offset, schema in sorted(set(_places(read, tree, schemas))):
        token = tokens[offset]
        if token.word.startswith("u&"):
            raise ValueError(f"{token.text} is a name in codes: write it in letters")
        parts += [text[at : token.start], schema]
        at = token.end
    return "".join((*parts, text[at:]))


def _places(text: str, tree: Node, schemas: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Where a schema is named, as an offset, and its new name."""
    relations, columns = _collect(tree)
    known = {(one.get("schemaname"), one.get("relname")) for one in relations}
    for one in relations:
        if one.get("schemaname") in schemas:
            yield offset_of(text, one), schemas[one["schemaname"]]
    for one in columns:
        path = texts(one["fields"])
        if len(one["fields"]) >= _QUALIFIED and path[:2] in known and path[0] in schemas:
            yield offset_of(text, one), schemas[path[0]]


def _collect(tree: Node) -> tuple[list[Node], list[Node]]:
    """The tables and the columns of a tree, wherever they are in it."""
    relations: list[Node] = []
    columns: list[Node] = []
    found = {"RangeVar": relations, "ColumnRef": columns}
    todo: list[Any] = [tree]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            for kind, part in value.items():
                if kind in found:
                    found[kind].append(part)
                todo.append(part)
    return relations, columns
