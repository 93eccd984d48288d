"""The column hints of a dlt resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.base.sketch import Found

_TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "text"},
    "bigint": {"type": "bigint"},
    "double": {"type": "double"},
    "bool": {"type": "boolean"},
    "timestamp": {"type": "timestamptz"},
    "date": {"type": "date"},
    "time": {"type": "time"},
    "json": {"type": "json"},
    "complex": {"type": "json"},
    "binary": {"type": "bytea"},
    "wei": {"type": "decimal(38,0)"},
}
_OF_COLUMN = {
    "merge_key": ("rows are merged by their primary key", "`primary_key`"),
    "partition": ("tables are not partitioned", ""),
    "cluster": ("tables are not clustered", ""),
    "sort": ("tables are not sorted", ""),
}


def fields_of(resource: Node, parents: Mapping[str, Mapping[str, Any]]) -> Iterator[Found]:
    """Each column that the resource gives hints of, then those that come from its parent."""
    for field, node in _columns(resource):
        node.drop("name", "x-normalizer")
        kind = node.text("data_type")
        required = "nullable" in node.value and not node.take("nullable")
        is_key = node.flag("primary_key")
        said = _decimal(node) if kind == "decimal" else dict(_TYPES.get(kind, {}))
        if kind and not said:
            node.leftovers.leave(node.at("data_type"), f"the type {kind} is not known")
        if text := node.text("description"):
            said["description"] = text
        for key, (why, instead) in _OF_COLUMN.items():
            node.leave(key, why, instead)
        if node.flag("unique"):
            node.leftovers.leave(node.at("unique"), "a column is unique by a check",
                                 f"checks: - unique: {{column: {field}}}")  # fmt: skip
        if said and "type" not in said:
            said = {"type": "text", **said}
        yield Found(field=field, said=said, required=required or is_key)
    for parent, known in parents.items():
        guesses = () if known else ("the input does not say its type",)
        yield Found(
            field=parent, said={"type": known.get("type", "text")}, required=True, guesses=guesses
        )


def keys_of(resource: Node) -> list[str]:
    """The columns whose hints call them part of the primary key."""
    return [field for field, node in _columns(resource) if node.peek("primary_key") is True]


def _columns(resource: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(resource.peek("columns"), list):
        for node in resource.nodes("columns"):
            yield node.text("name"), node
    else:
        yield from resource.node("columns").items()


def _decimal(node: Node) -> dict[str, Any]:
    precision, scale = node.take("precision"), node.take("scale")
    if isinstance(precision, int) and precision <= 38:
        return {"type": f"decimal({precision},{scale if isinstance(scale, int) else 0})"}
    return {"type": "decimal(38,9)"}
