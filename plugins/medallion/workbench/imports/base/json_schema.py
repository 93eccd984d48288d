"""Columns from a JSON schema: what OpenAPI documents and Airbyte's streams say of their records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from medallion.workbench.imports.base.node import Leftovers, says_nothing
from medallion.workbench.imports.base.rest_parts import shorten
from medallion.workbench.imports.base.sketch import Found
from medallion.workbench.imports.base.yaml_values import join_parts

Schema = Mapping[str, Any]
Resolve = Callable[[Schema], Schema]
"""A schema without `$ref`; an empty one where it leads nowhere."""

DEEPEST = 3
MOST_FIELDS = 400
_DEEPEST_PART = 16
_OF_STRING: Mapping[str, str] = {
    "date": "date", "date-time": "timestamptz", "time": "time", "uuid": "uuid",
}  # fmt: skip
_OTHERS: Mapping[tuple[str, str], str] = {
    ("integer", "int32"): "integer", ("integer", ""): "bigint", ("boolean", ""): "boolean",
    ("number", "decimal"): "decimal(38,9)", ("number", ""): "double", ("object", ""): "json",
}  # fmt: skip
"""By `type` and `format`."""
_OF_AIRBYTE: Mapping[str, str] = {
    "timestamp_with_timezone": "timestamptz", "timestamp_without_timezone": "timestamp",
    "time_with_timezone": "text", "time_without_timezone": "time", "integer": "bigint",
    "big_integer": "decimal(38,0)", "big_number": "decimal(38,9)",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFields:
    """The fields of a record, and the values that some of them may have, by field."""

    fields: tuple[Found, ...]
    accepted: Mapping[str, tuple[Any, ...]]


def no_references(schema: Schema) -> Schema:
    """Where a format has no `$ref`."""
    return schema


def fields_of_schema(schema: Schema, resolve: Resolve, *, trust_required: bool) -> FoundFields:
    """The fields of an object, those of objects within it by dotted paths.

    Args:
        schema: of one record.
        resolve: follows a `$ref`.
        trust_required: whether `required` says that each record has a value.
    """
    accepted: dict[str, tuple[Any, ...]] = {}
    found = list(_fields(schema, resolve, "", 1, accepted, may_lack=not trust_required))
    return FoundFields(fields=tuple(found[:MOST_FIELDS]), accepted=accepted)


def plain(schema: Schema, resolve: Resolve, depth: int = 0) -> tuple[Schema, bool]:
    """A schema with its references followed and `allOf` joined; and whether it may be null.

    One that goes deeper than 16 levels, as one that holds itself does, is empty.
    """
    if depth > _DEEPEST_PART:
        return {}, True
    schema = resolve(schema)
    nullable = schema.get("nullable") is True
    for key in ("anyOf", "oneOf"):
        options = _mappings(schema.get(key))
        others = [one for one in options if one.get("type") != "null"]
        nullable |= len(others) < len(options)
        if len(others) == 1:
            inner, inner_null = plain(others[0], resolve, depth + 1)
            return {**schema, **inner}, nullable or inner_null
    for one in _mappings(schema.get("allOf")):
        part, _ = plain(one, resolve, depth + 1)
        properties = {**_mapping(schema.get("properties")), **_mapping(part.get("properties"))}
        required = [*_list(schema.get("required")), *_list(part.get("required"))]
        schema = {**part, **schema, "properties": properties, "required": required}
    kinds = schema.get("type")
    if isinstance(kinds, list):
        named = [one for one in kinds if one != "null"]
        nullable |= len(named) < len(kinds)
        kind = next((one for one in ("object", "array", "string", "number") if one in named), "")
        schema = {**schema, "type": kind or (named[0] if named else "")}
    if "type" not in schema and "properties" in schema:
        schema = {**schema, "type": "object"}
    return schema, nullable


def _fields(
    schema: Schema,
    resolve: Resolve,
    before: str,
    depth: int,
    accepted: dict[str, tuple[Any, ...]],
    *,
    may_lack: bool,
) -> Iterator[Found]:
    schema, _ = plain(schema, resolve)
    required = _list(schema.get("required"))
    for name, given in _mapping(schema.get("properties")).items():
        if not isinstance(given, Mapping):
            continue
        field, lacks = f"{before}{name}", may_lack or name not in required
        inner, nullable = plain(given, resolve)
        if inner.get("writeOnly") is True:
            continue
        is_object = inner.get("type") == "object" and _mapping(inner.get("properties"))
        if is_object and depth < DEEPEST and "." not in name:
            yield from _fields(
                inner, resolve, f"{field}.", depth + 1, accepted, may_lack=lacks or nullable
            )
            continue
        said = dict(_column(inner, resolve))
        values = inner.get("enum")
        if isinstance(values, list) and said["type"] == "text" and "." not in name:
            accepted[field] = tuple(one for one in values if isinstance(one, str))
        yield Found(field=field, said=said, required=not (lacks or nullable))


def _column(schema: Schema, resolve: Resolve) -> Iterator[tuple[str, Any]]:
    yield "type", _type(schema, resolve)
    text = schema.get("description") or schema.get("title")
    if isinstance(text, str) and text.strip():
        yield "description", shorten(text)


def _type(schema: Schema, resolve: Resolve) -> str:
    kind, format_ = schema.get("type"), schema.get("format")
    of_airbyte = schema.get("airbyte_type")
    if isinstance(of_airbyte, str) and of_airbyte in _OF_AIRBYTE:
        return _OF_AIRBYTE[of_airbyte]
    if kind == "array":
        inner, _ = plain(_mapping(schema.get("items")), resolve)
        return "text[]" if inner.get("type") == "string" else "json"
    usual = _OF_STRING.get(str(format_), "text")
    return _OTHERS.get((str(kind), str(format_))) or _OTHERS.get((str(kind), ""), usual)


_READ = frozenset(("type", "format", "enum", "nullable", "required", "description", "title",
                   "properties", "items", "$ref", "allOf", "anyOf", "oneOf", "airbyte_type",
                   "writeOnly", "$defs", "definitions", "x-airbyte-type"))  # fmt: skip
_NEEDLESS = frozenset(("$schema", "$id", "$comment", "example", "examples", "default", "readOnly",
                       "deprecated", "xml", "externalDocs", "additionalProperties", "discriminator",
                       "unevaluatedProperties"))  # fmt: skip
_RULE = "a schema's rule for values, which no column says"
_CHECK = "a check: `between`, `matches` or `accepted_values` (docs/checks.md)"


def leave_keywords(schema: object, place: str, leftovers: Leftovers) -> None:
    """Report the keywords of a schema, and of those within it, that no column says.

    Args:
        schema: as the input has it.
        place: of it.
        leftovers: what they are added to.
    """
    if not isinstance(schema, Mapping):
        if not says_nothing(schema):
            leftovers.leave(place, "it is not a schema")
        return
    for inner, at in _list_inner(schema, place):
        leave_keywords(inner, at, leftovers)
    for key, value in schema.items():
        if says_nothing(value) or key in _READ:
            continue
        at = join_parts(place, str(key))
        if key in _NEEDLESS or str(key).startswith("x-"):
            leftovers.drop(at)
        else:
            leftovers.leave(at, _RULE, _CHECK)


def _list_inner(schema: Schema, place: str) -> Iterator[tuple[object, str]]:
    """The schemas within a schema, with their places."""
    for key in ("properties", "$defs", "definitions"):
        for name, inner in _mapping(schema.get(key)).items():
            yield inner, join_parts(join_parts(place, key), str(name))
    if "items" in schema:
        yield schema["items"], join_parts(place, "items")
    for key in ("allOf", "anyOf", "oneOf"):
        for number, inner in enumerate(_list(schema.get(key))):
            yield inner, f"{join_parts(place, key)}[{number}]"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [one for one in _list(value) if isinstance(one, Mapping)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
