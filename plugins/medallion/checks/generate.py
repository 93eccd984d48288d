"""`python -m medallion.checks.generate`: the catalogue of GX core's expectations, from the wheel.

Great Expectations ships one JSON schema an expectation. What a spec's checks are held against is
kept from them in expectations.json, small enough to load while DAGs are parsed; a test generates
it again and compares.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("expectations.json")

_ENGINES = {"Pandas": "pandas", "PostgreSQL": "postgres"}
_NOT_ARGUMENTS = {
    "batch_id", "catch_exceptions", "description", "id", "library_metadata", "meta", "metadata",
    "notes", "rendered_content", "result_format", "severity", "version", "windows",
    # Medallion sets it: another parser would run a spec's text as code.
    "condition_parser",
}  # fmt: skip
_LEFT_OUT = {
    # Its other data source lives in a GX project, which a gate has none of.
    "expect_query_results_to_match_comparison",
}


def generate() -> dict[str, Any]:
    """Expectation type → its kind, arguments, required arguments, engines and first sentence."""
    folder = _schemas()
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    found = {}
    for name, entry in sorted(index["expectations"].items()):
        if name in _LEFT_OUT:
            continue
        schema = json.loads((folder / entry["schema_file"]).read_text(encoding="utf-8"))
        properties = schema["properties"]
        found[name] = {
            "kind": _kind(name, properties),
            "summary": entry["short_description"],
            "engines": [_ENGINES[s] for s in entry["supported_data_sources"] if s in _ENGINES],
            "required": schema.get("required") or [],
            "arguments": {
                key: _type(declared)
                for key, declared in sorted(properties.items())
                if key not in _NOT_ARGUMENTS
            },
        }
    return found


def render() -> str:
    """The text of expectations.json, one expectation on a line so that a diff shows what GX
    changed."""
    lines = (
        f"{json.dumps(name)}: {json.dumps(entry, sort_keys=True, ensure_ascii=False)}"
        for name, entry in generate().items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _schemas() -> Path:
    spec = importlib.util.find_spec("great_expectations")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("great_expectations is not installed")
    return Path(spec.submodule_search_locations[0]) / "expectations" / "core" / "schemas"


def _kind(name: str, properties: Mapping[str, Any]) -> str:
    """Whether a check looks at rows (and through which columns), at a column, or at the table."""
    if name == "unexpected_rows_expectation":
        return "query"
    if "mostly" not in properties:
        return "column" if "column" in properties else "table"
    if "column_A" in properties:
        return "pair_rows"
    return "multicolumn_rows" if "column_list" in properties else "rows"


def _type(declared: Mapping[str, Any]) -> str:
    """One word, or several joined by |; enumerations as their values in brackets."""
    choices = [c for c in declared.get("anyOf", [declared]) if c.get("type") != "object"]
    words: list[str] = []
    for choice in choices or [declared]:
        word = _word(choice)
        if word not in words:
            words.append(word)
    return "|".join(words)


def _word(choice: Mapping[str, Any]) -> str:
    if "enum" in choice:
        return f"[{','.join(map(str, choice['enum']))}]"
    if "$ref" in choice or "oneOf" in choice:
        return "list" if "oneOf" in choice else "object"
    kind = str(choice.get("type", "any"))
    if kind == "string" and choice.get("format") in ("date", "date-time"):
        return "moment"
    if kind == "array":
        return "list"
    return kind


if __name__ == "__main__":
    CATALOGUE.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{CATALOGUE}\n")
