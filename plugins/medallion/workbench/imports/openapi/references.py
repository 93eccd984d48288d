"""The references of an OpenAPI document, and where an answer holds its records.

References within the document alone are followed: a library's resolver would read files and ask
hosts that the document names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from medallion.workbench.imports.base.json_schema import Schema, plain
from medallion.workbench.imports.base.node import mapping
from medallion.workbench.inference.api_answer import DEEPEST, USUAL_LISTS

MOST_FOLLOWED = 200_000
_LONGEST_CHAIN = 16


class References:
    """What `#/components/…` means in a document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.followed = 0
        self.used: dict[str, set[str]] = {}
        """Of `components`, by their kind: the names that were asked for."""
        self.outside: list[str] = []
        """References that lead out of the document."""

    def resolve(self, given: Schema) -> Schema:
        """Without `$ref`; empty where it leads out of the document, nowhere, or in a circle."""
        for _ in range(_LONGEST_CHAIN):
            reference = given.get("$ref")
            if not isinstance(reference, str):
                return given
            self.followed += 1
            target = self._at(reference) if self.followed <= MOST_FOLLOWED else None
            if not isinstance(target, Mapping):
                return {}
            given = {**target, **{k: v for k, v in given.items() if k == "description"}}
        return {}

    def place_of(self, given: Schema) -> str:
        """Where a reference leads, as reports write places; empty: it is none."""
        reference = given.get("$ref")
        if not isinstance(reference, str):
            return ""
        return ".".join(map(_read_step, reference.removeprefix("#/").split("/")))

    def _at(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            self.outside.append(reference)
            return None
        node: Any = self.document
        for part in reference[2:].split("/"):
            node = node.get(_read_step(part)) if isinstance(node, Mapping) else None
        _, kind, name, *_ = [*reference[2:].split("/"), "", "", ""]
        self.used.setdefault(kind, set()).add(name)
        return node


def _read_step(part: str) -> str:
    """A key as a JSON pointer writes it."""
    return part.replace("~1", "/").replace("~0", "~")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerShape:
    """Where an answer has its list of records.

    Attributes:
        path: of the list; empty where the answer is the list.
        record: the schema of one.
        around: the schemas of what stands beside the list, by dotted paths.
        others: paths of further lists of objects.
    """

    path: str
    record: Schema
    around: Mapping[str, Schema]
    others: tuple[str, ...] = ()


def answer_shape(schema: Schema, references: References) -> AnswerShape | None:
    """The shape of an answer; None where it holds no list of objects."""
    schema, _ = plain(schema, references.resolve)
    if (record := _record(schema, references)) is not None:
        return AnswerShape(path="", record=record, around={})
    found = sorted(_lists(schema, references, "", 1), key=_rank)
    if not found:
        return None
    (path, record), *others = found
    around = dict(_scalars(schema, references, "", 1))
    return AnswerShape(
        path=path, record=record, around=around, others=tuple(path for path, _ in others)
    )


def _record(schema: Schema, references: References) -> Schema | None:
    """Of a list of objects."""
    if schema.get("type") != "array" or not isinstance(schema.get("items"), Mapping):
        return None
    inner, _ = plain(schema["items"], references.resolve)
    is_object = inner.get("type") == "object" and mapping(inner.get("properties"))
    return inner if is_object else None


def _properties(schema: Schema, references: References) -> Iterator[tuple[str, Schema]]:
    properties = schema.get("properties")
    for name, given in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(given, Mapping):
            yield name, plain(given, references.resolve)[0]


def _lists(
    schema: Schema, references: References, before: str, depth: int
) -> Iterator[tuple[str, Schema]]:
    for name, inner in _properties(schema, references):
        if "." in name:
            continue
        record = _record(inner, references)
        if record is not None:
            yield f"{before}{name}", record
        elif inner.get("type") == "object" and depth < DEEPEST:
            yield from _lists(inner, references, f"{before}{name}.", depth + 1)


def _scalars(
    schema: Schema, references: References, before: str, depth: int
) -> Iterator[tuple[str, Schema]]:
    for name, inner in _properties(schema, references):
        if inner.get("type") == "object" and depth < DEEPEST:
            yield from _scalars(inner, references, f"{before}{name}.", depth + 1)
        elif inner.get("type") != "array":
            yield f"{before}{name}", inner


def _rank(found: tuple[str, Schema]) -> tuple[bool, int]:
    path, _ = found
    return path.rpartition(".")[2] not in USUAL_LISTS, path.count(".")
