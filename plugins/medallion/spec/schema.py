"""The JSON schemas by which editors complete and check specs, generated from the models.

`python -m medallion.spec.schema` writes them into specs/; a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medallion.checks.aliases import ALIASES
from medallion.checks.catalogue import expectations
from medallion.checks.declaration import OnFailure
from medallion.cleaning.declared.rows import FUNCTION_PATTERN
from medallion.cleaning.declared.types import TYPE_NAMES
from medallion.cleaning.verbs.plain import BY_NAME
from medallion.cleaning.verbs.with_arguments import WITH_ARGUMENTS, Map
from medallion.durations import DURATION_PATTERN
from medallion.model import SpecModel
from medallion.names import COLUMN_PATTERN
from medallion.prose import write_json
from medallion.roots import PROJECT_ROOT
from medallion.spec.files.access import AccessSpec
from medallion.spec.messages.descriptions import describe_field
from medallion.spec.messages.model_walk import Model, all_models
from medallion.spec.models.calendar import OwnCalendarSpec
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec
from medallion.spec.models.policy import PolicySpec
from medallion.spec.models.unit_tests import TestsSpec
from medallion.spec.policy.requirements import REQUIREMENTS
from medallion.spec.rules.scheduling import PRESETS

SCHEMAS: dict[str, type[SpecModel]] = {
    "pipeline.schema.json": PipelineSpec,
    "domain.schema.json": DomainSpec,
    "access.schema.json": AccessSpec,
    "tests.schema.json": TestsSpec,
    "policy.schema.json": PolicySpec,
    "calendar.schema.json": OwnCalendarSpec,
}
"""Each file of specs/ with the model that it comes from."""

_JSON_TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "moment": {"type": "string"},
    "duration": {"type": "string", "pattern": DURATION_PATTERN},
    "list": {"type": "array"},
    "object": {"type": "object"},
    "any": {},
}


_SHORT_FORMS = {
    "GoldColumnSpec": "description",
    "MetricSpec": "expression",
    "DimensionSpec": "label",
    "SortSpec": "by",
    "CellSpec": "chart",
    "WaitForSpec": "table",
    "DaysInARow": "from",
    "IndexSpec": "columns",
}
"""Models that may be written as one value, each with the key that the value is."""


def schema(model: type[SpecModel]) -> dict[str, Any]:
    """The JSON schema (draft 7) of one kind of spec file."""
    made: dict[str, Any] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **model.model_json_schema(by_alias=True),
    }
    _tidy(made)
    definitions = made.get("$defs", {})
    for below in all_models(model):
        _describe(definitions.get(below.__name__, {}), below)
    _describe(made, model)
    if "CheckSpec" in definitions:
        definitions["CheckSpec"] = _check_schema()
    if "ColumnSpec" in definitions:
        column = definitions["ColumnSpec"]["properties"]
        column["type"] |= {"pattern": rf"^({'|'.join(TYPE_NAMES)})(\(.*\))?(\[\])?$"}
        column["type"]["examples"] = ["decimal(18,2)" if n == "decimal" else n for n in TYPE_NAMES]
    if "VerbSpec" in definitions:
        definitions["VerbSpec"] = _verb_schema(definitions)
    if "RequireSpec" in definitions:
        definitions["RequireSpec"] = _requirement_schema(definitions)
    if "TransformSpec" in definitions:
        short = {"type": "string", "pattern": FUNCTION_PATTERN}
        definitions["TransformSpec"] = {"anyOf": [short, definitions["TransformSpec"]]}
    _accept_short_forms(definitions)
    if "schedule" in made["properties"]:
        made["properties"]["schedule"]["examples"] = [*PRESETS, "0 6 * * 1-5"]
    return made


def _accept_short_forms(definitions: dict[str, Any]) -> None:
    for name, key in _SHORT_FORMS.items():
        if name in definitions:
            text = definitions[name]["properties"][key]
            definitions[name] = {"anyOf": [text, definitions[name]]}
    if "IndexSpec" in definitions:
        definitions["IndexSpec"]["anyOf"].append({"type": "string", "pattern": COLUMN_PATTERN})
    if "WaitForSpec" in definitions:
        definitions["WaitForSpec"]["anyOf"].insert(0, {"enum": ["all", "any"], "type": "string"})
    if "CertifiedSpec" in definitions:
        yes = {"type": "boolean"}
        definitions["CertifiedSpec"] = {"anyOf": [yes, definitions["CertifiedSpec"]]}
    if "FilterSpec" in definitions:
        default = definitions["FilterSpec"]["properties"]["default"]
        definitions["FilterSpec"]["properties"]["default"] = {
            "description": default.pop("description"),
            "anyOf": [{"type": "string"}, default],
        }


def render(model: type[SpecModel]) -> str:
    """The text of a schema's file."""
    return write_json(schema(model))


def _describe(made: dict[str, Any], model: Model) -> None:
    properties = made.get("properties", {})
    for name, field in model.model_fields.items():
        key, text = field.alias or name, describe_field(model, name)
        if text and key in properties:
            properties[key] = {"description": text, **properties[key]}


def _check_schema() -> dict[str, Any]:
    """A check is a mapping of one key: the short names and GX's own, with their arguments."""
    checks = {
        name: _one_check(alias.arguments, alias.required, f"Short for {alias.expectation}.")
        for name, alias in ALIASES.items()
    }
    for name, entry in expectations().items():
        checks.setdefault(name, _one_check(entry.arguments, entry.required, entry.summary))
    return {
        "description": "One check: its name and its arguments, and what its failure does.",
        "type": "object",
        "properties": checks,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _own_schema(model: Model, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a model within another file's: what it refers to becomes part of that."""
    made: dict[str, Any] = model.model_json_schema(by_alias=True)
    _tidy(made)
    for name, one in made.pop("$defs", {}).items():
        definitions.setdefault(name, one)
    _describe(made, model)
    return made


def _verb_schema(definitions: dict[str, Any]) -> dict[str, Any]:
    """A verb is a name, or a mapping of one name to its arguments."""
    names = sorted((*BY_NAME, *(name for name, model in WITH_ARGUMENTS.items() if model.bare)))
    taking: dict[str, Any] = {}
    for name, model in WITH_ARGUMENTS.items():
        taking[name] = {**_own_schema(model, definitions), "description": model.doc}
    # A map is mostly written short: the texts themselves are its keys.
    short = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
    taking["map"] = {"description": Map.doc, "anyOf": [taking["map"], short]}
    return {
        "description": "One cleaning verb: its name, or its name with its arguments.",
        "anyOf": [
            {"enum": names},
            {
                "type": "object",
                "properties": taking,
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ],
    }


def _requirement_schema(definitions: dict[str, Any]) -> dict[str, Any]:
    """A requirement is a name, or a mapping of one name to its arguments."""
    names: list[str] = []
    taking: dict[str, Any] = {}
    for name, model in REQUIREMENTS.items():
        if not any(field.is_required() for field in model.model_fields.values()):
            names.append(name)
        taking[name] = {**_own_schema(model, definitions), "description": model.doc}
    return {
        "description": "One requirement: its name, or its name with its arguments.",
        "anyOf": [
            {"enum": names},
            {
                "type": "object",
                "properties": taking,
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ],
    }


def _one_check(
    arguments: Mapping[str, str], required: tuple[str, ...], description: str
) -> dict[str, Any]:
    properties = {name: _argument(types) for name, types in arguments.items()}
    properties["on_failure"] = {"enum": [str(choice) for choice in OnFailure], "default": "fail"}
    properties["description"] = {"type": "string"}
    properties["whole"] = {
        "type": "boolean",
        "default": False,
        "description": "Of an incremental gold table: asked of the whole table.",
    }
    made: dict[str, Any] = {
        "description": description,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        return {**made, "required": list(required)}
    return {**made, "type": ["object", "null"]}


def _argument(types: str) -> dict[str, Any]:
    """The schema of an argument's type as the catalogue of checks writes it (`number|moment`)."""
    if types.startswith("["):
        return {"enum": types[1:-1].split(",")}
    kinds = [_JSON_TYPES[name] for name in dict.fromkeys(types.split("|"))]
    if len(kinds) == 1:
        return dict(kinds[0])
    if all(kind.keys() == {"type"} for kind in kinds):
        return {"type": sorted({kind["type"] for kind in kinds})}
    return {"anyOf": kinds}


def _tidy(node: Any) -> None:
    """Remove the titles, which repeat the keys; refuse the names that fit no pattern."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        if "patternProperties" in node:
            node["additionalProperties"] = False
        for value in node.values():
            _tidy(value)
    elif isinstance(node, list):
        for value in node:
            _tidy(value)


def main(folder: Path) -> None:
    """Write every schema into `folder`, replacing what is there."""
    for name, model in SCHEMAS.items():
        (folder / name).write_text(render(model), encoding="utf-8")


if __name__ == "__main__":
    here = PROJECT_ROOT / "specs"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here)
