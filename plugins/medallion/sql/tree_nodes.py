"""What nodes of PostgreSQL's parse tree say, for all who look at one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from medallion.sql.libpg_query import character_of
from medallion.sql.output_names import output_name

Node = Mapping[str, Any]
_NAMES = {"RangeTableFunc": "xmltable", "JsonTable": "json_table"}


def texts(names: Sequence[Node]) -> tuple[str, ...]:
    """A qualified name; what is not a name in it (a star, a subscript) is left out.

    >>> texts([{"String": {"sval": "m"}}, {"A_Star": {}}])
    ('m',)
    """
    return tuple(name["String"].get("sval", "") for name in names if "String" in name)


def offset_of(text: str, node: Node) -> int:
    """The character at which a node begins in its text: a place that the tree leaves out is 0."""
    place = int(node.get("location", 0))
    return place if text.isascii() else character_of(text, place)


def name_in_from(kind: str, node: Node) -> str:
    """The name that a function in FROM has where it is given none; empty for anything else."""
    if kind != "RangeFunction":
        return _NAMES.get(kind, "")
    call = node["functions"][0]["List"]["items"][0]
    return str(output_name({"val": call}) or "")
