"""The editors' schemas are in step with the models, and say the same as they do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from medallion.spec.schema import SCHEMAS, rendered
from medallion.spec.yaml.loader import read_yaml

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schema_is_what_the_models_give(project_root: Path, name: str) -> None:
    committed = (project_root / "specs" / name).read_text(encoding="utf-8")
    assert committed == rendered(SCHEMAS[name]), "run: python -m medallion.spec.schema"


def as_an_editor_sees_it(value: Any) -> Any:
    """Editors read dates as text."""
    return json.loads(json.dumps(value, default=date.isoformat))


def test_specs_pass_the_schema(project_root: Path) -> None:
    schema = json.loads((project_root / "specs" / "pipeline.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    specs = [p for p in project_root.glob("specs/*/*.yaml") if p.name != "domain.yaml"]
    for path in [HERE / "whole.yaml", *specs]:
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
            **json.loads(rendered(root)).get("$defs", {}),
            "": json.loads(rendered(root)),
        }.items()
        if model != "CheckSpec"
        for key, said in node.get("properties", {}).items()
        if "description" not in said and "$ref" not in said and "const" not in said
    ]
    assert silent == []
