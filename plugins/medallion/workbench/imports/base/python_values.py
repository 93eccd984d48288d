"""What a Python file says in literals, read from its syntax tree: nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from medallion.errors import SetupError
from medallion.workbench.imports.base.yaml_values import MAX_DEPTH, join_parts

_CONFIGURED = ("rest_api_source", "rest_api_resources")
_ANNOTATED = "RESTAPIConfig"
_MOST_CHARACTERS = 1_000_000
_MOST_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that the file computes, as it is written there."""

    text: str

    @property
    def is_secret(self) -> bool:
        """Whether it is looked up where secrets are kept."""
        return any(word in self.text for word in ("secrets", "environ", "getenv"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFile:
    """A configuration, the line of each of its values by its place, and the lines of others that
    are in the same file."""

    data: dict[str, Any]
    lines: dict[str, int]
    others: tuple[int, ...] = ()


def read_python(text: str) -> PythonFile:
    """The first configuration that a file hands to dlt's `rest_api_source`.

    Names are looked up among the literals that the file assigns; a call such as
    `BearerTokenAuth(token=…)` becomes a mapping with its name as `type`; anything else an
    `Expression`.

    Raises:
        SetupError: it is not Python, or holds no such configuration.
    """
    tree = _tree(text)
    assigned = dict(_read_assigned(tree))
    found = list(_read_each(_find_handed_over(tree), assigned))
    found = found or list(_read_each(_every_dict(tree), assigned))[:1]
    by_line: dict[int, PythonFile] = {}
    for one in found:
        by_line.setdefault(one.lines[""], one)
    if by_line:
        first, *others = by_line.values()
        return replace(first, others=tuple(one.lines[""] for one in others))
    raise SetupError(
        "it hands no mapping with `client` and `resources` to dlt's rest_api_source",
        remedy="write the configuration as a literal, or save it as YAML and import that",
    )


def _tree(text: str) -> ast.Module:
    if len(text) > _MOST_CHARACTERS:
        raise SetupError("it is too large for a configuration", remedy="import its parts")
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise SetupError(
            f"this is not Python: line {error.lineno}: {error.msg}", remedy="name a whole file"
        ) from error
    except (RecursionError, MemoryError, ValueError):
        raise SetupError("it cannot be read as Python", remedy="name a whole file") from None


def _read_assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _read_each(nodes: Iterable[ast.expr], assigned: Mapping[str, ast.expr]) -> Iterator[PythonFile]:
    """Those that are configurations."""
    for node in nodes:
        reader = _Reader(assigned)
        data = reader.read(node, "", depth=0)
        if isinstance(data, dict) and "client" in data and "resources" in data:
            named = assigned.get(getattr(node, "id", ""), node)
            yield PythonFile(data=data, lines={**reader.lines, "": named.lineno})


def _find_handed_over(tree: ast.Module) -> Iterator[ast.expr]:
    """What is given to dlt, or annotated as a configuration."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and _ANNOTATED in ast.unparse(node.annotation):
            if node.value:
                yield node.value
        elif isinstance(node, ast.Call) and _name(node.func) in _CONFIGURED and node.args:
            yield node.args[0]


def _every_dict(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield node


def _name(node: ast.expr) -> str:
    """The last name of `rest_api.rest_api_source`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _without_condition(node: ast.expr) -> ast.expr:
    """Of `{…} if token else None` the part that says something."""
    if isinstance(node, ast.IfExp) and _is_nothing(node.orelse):
        return node.body
    if isinstance(node, ast.IfExp) and _is_nothing(node.body):
        return node.orelse
    return node


def _is_nothing(node: ast.expr) -> bool:
    """None, or an empty mapping."""
    empty = isinstance(node, ast.Dict) and not node.keys
    return empty or (isinstance(node, ast.Constant) and node.value is None)


class _Reader:
    """Literals as values; the line of each is kept by its place."""

    def __init__(self, assigned: Mapping[str, ast.expr]) -> None:
        self.assigned = assigned
        self.lines: dict[str, int] = {}
        self.values = 0

    def read(self, node: ast.expr, place: str, *, depth: int) -> Any:
        self.values += 1
        if self.values > _MOST_VALUES or depth > MAX_DEPTH:
            raise SetupError("the file has too many values", remedy="import its parts")
        node = _without_condition(node)
        self.lines.setdefault(place, node.lineno)
        match node:
            case ast.Constant(value=value):
                return value
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return [
                    self.read(one, f"{place}[{number}]", depth=depth + 1)
                    for number, one in enumerate(elements)
                ]
            case ast.Dict():
                return dict(self._items(node, place, depth))
            case ast.Call() if _name(node.func)[:1].isupper():
                return self._call(node, place, depth)
        name = node.id if isinstance(node, ast.Name) else ""
        if name in self.assigned:
            return self.read(self.assigned[name], place, depth=depth + 8)
        return Expression(ast.unparse(node)[:200])

    def _items(self, node: ast.Dict, place: str, depth: int) -> Iterator[tuple[str, Any]]:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:  # {**defaults, …}
                spread = self.read(value, place, depth=depth + 1)
                unknown = {f"**{ast.unparse(value)[:60]}": spread}
                yield from (spread if isinstance(spread, dict) else unknown).items()
                continue
            name = self.read(key, place, depth=depth + 1)
            yield str(name), self.read(value, join_parts(place, str(name)), depth=depth + 1)

    def _call(self, node: ast.Call, place: str, depth: int) -> Any:
        """A paginator or an auth that is made by its class."""
        if node.args or any(one.arg is None for one in node.keywords):
            return Expression(ast.unparse(node)[:200])
        named = {
            one.arg: self.read(one.value, join_parts(place, one.arg), depth=depth + 1)
            for one in node.keywords
            if one.arg
        }
        return {"type": _name(node.func), **named}
