"""The editors' schemas are in step with the models, and say the same as they do."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from medallion.spec.models.pipeline import SilverSpec
from medallion.spec.schema import SCHEMAS, render
from medallion.spec.yaml.loader import read_yaml

HERE = Path(__file__).parent
WHOLE = {
    "pipeline.schema.json": (
        "whole.yaml",
        "whole_more.yaml",
        "whole_loaded.yaml",
        "whole_days.yaml",
    ),
    "domain.schema.json": ("whole_domain.yaml", "whole_days.yaml"),
}
NOT_TAKEN = {("ColumnsLike", key) for key in ("from", "expression", "lookup")}
"""Keys that columns_like has in the schema and refuses: each column would be the same."""
AS_OF_A_DATASET = {("PartOfSilver", key) for key in SilverSpec.model_fields}
"""What a table of `for_each_table` says in the words of a dataset."""


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schema_is_what_the_models_give(project_root: Path, name: str) -> None:
    committed = (project_root / "specs" / name).read_text(encoding="utf-8")
    assert committed == render(SCHEMAS[name]), "run: python -m medallion.spec.schema"


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_reference_leads_somewhere(name: str) -> None:
    """An editor says nothing of a file whose schema it cannot follow, but that."""
    text = render(SCHEMAS[name])
    assert set(re.findall(r'"#/\$defs/([^"]+)"', text)) <= set(json.loads(text).get("$defs", {}))


def as_an_editor_sees_it(value: Any) -> Any:
    """Editors read dates as text."""
    return json.loads(json.dumps(value, default=date.isoformat))


def test_specs_pass_the_schema(project_root: Path) -> None:
    schema = json.loads((project_root / "specs" / "pipeline.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    specs = [p for p in project_root.glob("specs/*/*.yaml") if p.name != "domain.yaml"]
    for path in [HERE / "whole.yaml", HERE / "whole_more.yaml", *specs]:
        jsonschema.validate(as_an_editor_sees_it(read_yaml(path.read_bytes())), schema)


@pytest.mark.parametrize(
    "case",
    [
        "check_shape",
        "check_unknown",
        "column_type",
        "column_verb",
        "model_missing_keys",
        "model_names",
        "model_source_type",
        "model_unknown_keys",
        "model_values",
        "model_words_of_other_tools",
    ],
)
def test_the_json_schema_refuses_what_a_model_refuses(project_root: Path, case: str) -> None:
    schema = json.loads((project_root / "specs" / "pipeline.schema.json").read_text())
    spec = as_an_editor_sees_it(read_yaml((HERE / "broken" / f"{case}.yaml").read_bytes()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spec, schema)


def test_every_key_says_what_it_is_for() -> None:
    silent = [
        f"{name}: {model}.{key}"
        for name, root in SCHEMAS.items()
        for model, node in {
            **json.loads(render(root)).get("$defs", {}),
            "": json.loads(render(root)),
        }.items()
        if model != "CheckSpec"
        for key, said in node.get("properties", {}).items()
        if "description" not in said and "$ref" not in said and "const" not in said
    ]
    assert silent == []


Keys = set[tuple[str, str]]
_ARMS = ("anyOf", "oneOf", "allOf")


def declared_keys(node: dict[str, Any], name: str) -> Keys:
    """Every key of a schema's node, with the model that it stands in."""
    found = {(name, key) for key in node.get("properties", {})}
    for key, inner in node.get("properties", {}).items():
        found |= declared_keys(inner, f"{name}.{key}")
    arms = [arm for arms in _ARMS for arm in node.get(arms, ())]
    for inner in (*arms, node.get("items"), node.get("additionalProperties")):
        if isinstance(inner, dict):
            found |= declared_keys(inner, name)
    return found


def said_keys(value: Any, node: dict[str, Any], name: str, models: dict[str, Any]) -> Keys:
    """The keys that a value says, each with the model that it stands in."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        node = models[name]
    found: Keys = set()
    for arm in (arm for arms in _ARMS for arm in node.get(arms, ())):
        if jsonschema.Draft7Validator({**arm, "$defs": models}).is_valid(value):
            found |= said_keys(value, arm, name, models)
    for key, one in value.items() if isinstance(value, dict) else ():
        if inner := node.get("properties", {}).get(key):
            found |= {(name, key)} | said_keys(one, inner, f"{name}.{key}", models)
            continue
        others = (*node.get("patternProperties", {}).values(), node.get("additionalProperties"))
        for inner in (inner for inner in others if isinstance(inner, dict)):
            found |= said_keys(one, inner, name, models)
    if isinstance(value, list) and isinstance(node.get("items"), dict):
        for one in value:
            found |= said_keys(one, node["items"], name, models)
    return found


@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_specs_have_every_key(project_root: Path, name: str) -> None:
    schema = json.loads((project_root / "specs" / name).read_text())
    models = schema["$defs"]
    declared = declared_keys(schema, "")
    for model, node in models.items():
        if model != "CheckSpec":  # GX's expectations, each with its own arguments
            declared |= declared_keys(node, model)
    said: Keys = set()
    for file in WHOLE[name]:
        value = as_an_editor_sees_it(read_yaml((HERE / file).read_bytes()))
        said |= said_keys(value, schema, "", models)
    assert declared - said - NOT_TAKEN - AS_OF_A_DATASET == set(), (
        "add it to tests/spec/whole_more.yaml"
    )
