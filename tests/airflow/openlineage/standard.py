"""OpenLineage's published schemas, as JSON schemas.

No package has their files. The official client has a class for each, which its generator makes of
them: with the address of the schema, its properties, their types, and which of them are required.
"""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any

import attr
import jsonschema
from openlineage.client import generated
from openlineage.client.generated import base

_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number"}
_OWN = ("airflow", "airflowDagRun", "airflowState", "unknownSourceAttribute")
"""Facets of Airflow's provider: not of the standard, which lets anybody have some."""


@cache
def schemas_by_address() -> Mapping[str, Mapping[str, Any]]:
    """By its address, the schema of each facet and of the run event."""
    found = {}
    for module in _modules():
        for one in vars(module).values():
            if isinstance(one, type) and attr.has(one) and hasattr(one, "_get_schema"):
                found[one._get_schema()] = schema_of(one)
    return found


def _modules() -> Iterator[types.ModuleType]:
    yield base
    for info in pkgutil.iter_modules(generated.__path__):
        yield importlib.import_module(f"{generated.__name__}.{info.name}")


def schema_of(one: type) -> dict[str, Any]:
    """The schema of a generated class: properties that it does not name may be there, too."""
    definitions: dict[str, Any] = {}
    found = _refer(one, definitions)
    return {**found, "$defs": definitions}


def _refer(one: type, definitions: dict[str, Any]) -> dict[str, Any]:
    """A class by its name among the definitions: a field of a table may have fields of its own."""
    name = f"{one.__module__}.{one.__qualname__}"
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _object(one, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _object(one: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(one)
    properties, required = {}, []
    for field in attr.fields(one):
        properties[field.name] = _schema(hints[field.name], definitions)
        if field.default is attr.NOTHING or field.name in ("_producer", "_schemaURL"):
            required.append(field.name)
    return {"type": "object", "properties": properties, "required": required}


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(one, definitions) for one in arguments]}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    return _schema_of_plain(hint, definitions)


def _schema_of_plain(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if hint is type(None):
        return {"type": "null"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [one.value for one in hint]}
    if isinstance(hint, type) and attr.has(hint):
        return _refer(hint, definitions)
    return {"type": _PLAIN[hint]} if hint in _PLAIN else {}


def find_problems(event: Mapping[str, Any]) -> list[str]:
    """What of an event is not as the standard has it."""
    run_event = schemas_by_address()[base.RunEvent._get_schema()]
    found = [f"event: {one.message}" for one in _validate(event, run_event)]
    if event.get("schemaURL") != base.RunEvent._get_schema():
        found.append(f"event: another schema, {event.get('schemaURL')}")
    for name, facet in facets_of(event):
        if name in _OWN:
            continue
        schema = schemas_by_address().get(facet.get("_schemaURL", ""))
        if schema is None:
            found.append(f"{name}: no published schema, {facet.get('_schemaURL')}")
        else:
            found += [f"{name}: {one.json_path} {one.message}" for one in _validate(facet, schema)]
    return found


def _validate(said: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    validator = jsonschema.Draft202012Validator(schema)
    return iter(validator.iter_errors(said))


def facets_of(event: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every facet of an event, of its run, its job and its datasets, with its name."""
    holders = [event["run"], event["job"], *event.get("inputs", ()), *event.get("outputs", ())]
    for one in holders:
        for key in ("facets", "inputFacets", "outputFacets"):
            yield from (one.get(key) or {}).items()
