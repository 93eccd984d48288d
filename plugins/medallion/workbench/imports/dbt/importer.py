"""A dbt project's YAML: sources become datasets, models gold tables, tests checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medallion.workbench.imports.base.document import FILES, Document
from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.rest_parts import shorten
from medallion.workbench.imports.base.sketch import PLACEHOLDER, Found, Sketch, short_name
from medallion.workbench.imports.base.sql_types import type_of_sql
from medallion.workbench.imports.dbt.data_tests import tests_of
from medallion.workbench.imports.dbt.model_sql import Names
from medallion.workbench.imports.dbt.models import (
    add_models,
    expose,
    leave_meta,
    leave_of_column,
    list_models,
    list_seeds,
)
from medallion.workbench.inference.column_names import name_of

_KNOWN = ("sources", "models", "seeds", "snapshots", "exposures")
_PERIODS = {"minute": "m", "hour": "h", "day": "d"}
_SOME_ONLY = "dbt's file may list some of the columns only: each other becomes a column of texts"
_LEFT = {
    "snapshots": ("a snapshot is a way to publish", "a dataset with `write_disposition: scd2`"),
    "metrics": (
        "dbt's metrics are of its semantic layer",
        "`metrics` of a gold table (docs/bi.md)",
    ),
    "semantic_models": ("dbt's metrics are of its semantic layer", "`metrics` (docs/bi.md)"),
    "saved_queries": ("dbt's metrics are of its semantic layer", "a dashboard (docs/bi.md)"),
    "unit_tests": ("cases have a form of their own", "docs/spec-tests.md"),
    "macros": ("SQL is sent as it is written", "write it out"),
    "groups": ("a pipeline has one owner", "`owner`"),
    "data_tests": ("a test of one's own is SQL", "a check with a query: docs/checks.md"),
    "analyses": ("nothing publishes them", ""),
}


def recognises(document: Document) -> bool:
    """A mapping, or a folder of them, with a list of sources, models or seeds."""
    return any(isinstance(one.get(key), list) for one in _files(document) for key in _KNOWN)


def _files(document: Document) -> Iterator[Mapping[str, Any]]:
    files = document.data.get(FILES)
    if isinstance(files, Mapping):
        yield from (one for one in files.values() if isinstance(one, Mapping))
    else:
        yield document.data


def read(document: Document, target: Target) -> Imported:
    """One pipeline of all that the file, or the folder, declares."""
    leftovers = Leftovers(document.lines)
    root = Node(document.data, "", leftovers)
    files = [one for _, one in root.node(FILES).items()] if FILES in root else [root]
    pipeline = target.pipeline or short_name(document.path.stem)
    sketch = Sketch(
        name=pipeline, said={"description": f"{pipeline.replace('_', ' ').capitalize()}."}
    )
    sketch.guess(("description",), "say what the pipeline is for")
    sources: dict[tuple[str, str], str] = {}
    models: dict[str, str] = {}
    for one in files:
        one.drop("version")
        for source in one.nodes("sources"):
            sources |= _add_source(source, sketch, target.domain)
        for seed in one.nodes("seeds"):
            models |= _add_seed(seed, sketch, target.domain)
    folder = document.path if document.path.is_dir() else document.path.parent
    declared = [model for one in files for model in one.nodes("models")]
    if document.path.is_dir():
        for seed in list_seeds(folder, models, leftovers):
            models |= _add_seed(seed, sketch, target.domain)
        declared += list_models(folder, declared, leftovers)
    names = Names(models=models, sources=sources)
    names = add_models(declared, folder, names, sketch, target.domain)
    for one in files:
        for exposure in one.nodes("exposures"):
            expose(exposure, names, sketch)
        for key, (why, instead) in _LEFT.items():
            one.leave(key, why, instead)
    _leave_projects(root)
    root.report_unread()
    return Imported(drafts=(sketch.finish(),), not_mapped=leftovers.in_order())


def _leave_projects(root: Node) -> None:
    for name, one in root.node(FILES).items():
        if Path(name).stem == "dbt_project":
            _leave_project(one)


def _leave_project(project: Node) -> None:
    """What dbt_project.yml says: of folders, and defaults for what is in them."""
    project.drop(*_OF_PROJECT)
    for key in ("models", "seeds", "sources", "snapshots", "tests", "data_tests"):
        if not isinstance(project.peek(key), list):
            project.leave(key, "defaults of folders are not read", "say it of each table")
    project.leave("vars", "SQL is sent as it is written", "write the values out")
    for key in ("on-run-start", "on-run-end", "dispatch"):
        project.leave(key, "nothing runs beside the tables' SELECTs", "docs/custom-step.md")


_OF_PROJECT = (
    "name", "config-version", "profile", "require-dbt-version", "model-paths", "seed-paths",
    "test-paths", "analysis-paths", "macro-paths", "snapshot-paths", "asset-paths", "docs-paths",
    "function-paths", "source-paths", "data-paths", "target-path", "log-path", "clean-targets",
    "packages-install-path", "query-comment", "quoting", "flags",
)  # fmt: skip


def _add_source(source: Node, sketch: Sketch, domain: str) -> dict[tuple[str, str], str]:
    """A dataset for each table; the names of their tables in the warehouse."""
    name = source.text("name")
    conn_id = f"{short_name(name)}_db"
    schema = source.text("schema") or name
    database = source.text("database")
    usual = _freshness(source)
    _leave_loaded_at(source)
    leave_meta(source)
    source.drop("loader", "quoting", "overrides", "description")
    words = f"--conn-schema {database}" if database and "{" not in database else ""
    sketch.connections[conn_id] = f"--conn-type postgres --conn-host HOST {words}".strip()
    found: dict[tuple[str, str], str] = {}
    for table in source.nodes("tables"):
        table_name = table.text("name")
        physical = table.text("identifier") or table_name
        said = {"type": "database", "conn_id": conn_id, "table": f"{schema}.{physical}"}
        dataset = sketch.free_name(table_name)
        if "{" in schema:
            sketch.guess(
                ("datasets", dataset, "source", "table"), f"{PLACEHOLDER}: the schema is Jinja"
            )
            said["table"] = f"{short_name(name)}.{physical}"
        is_off = "freshness" in table.value and table.peek("freshness") is None
        freshness = {} if is_off else {**usual, **_freshness(table)}
        _leave_loaded_at(table)
        silver = {"freshness": freshness} if freshness else {}
        found[name, table_name] = _add(table, said, silver, sketch, domain, table_name)
    return found


def _add_seed(seed: Node, sketch: Sketch, domain: str) -> dict[str, str]:
    name = seed.text("name")
    source = {"type": "file", "path": f"include/data/{domain}/{name}.csv"}
    if len(delimiter := seed.node("config").text("delimiter")) == 1:
        source["delimiter"] = delimiter
    sketch.guess(
        ("datasets", sketch.free_name(name), "source", "path"), f"copy dbt's seeds/{name}.csv there"
    )
    return {name: _add(seed, source, {}, sketch, domain, name)}


def _add(
    table: Node, source: Mapping[str, Any], silver: dict[str, Any], sketch: Sketch, domain: str,
    name: str,
) -> str:  # fmt: skip
    """A dataset with its columns and checks; its table in the warehouse."""
    dataset = sketch.free_name(name)
    config = table.node("config")
    types = config.node("column_types")
    no_names = Names(models={}, sources={})
    fields: list[Found] = []
    checks: list[dict[str, Any]] = []
    for column in table.nodes("columns"):
        field = column.text("name")
        found = list(tests_of(column, name_of(field), no_names))
        required = {"not_null": {"column": name_of(field)}} in found
        checks += [
            one for one in found if "not_null" not in one or one["not_null"].keys() - {"column"}
        ]
        kind = type_of_sql(column.text("data_type") or types.text(field))
        said = {"type": kind} if kind else {}
        if text := column.text("description"):
            said = {"type": "text", **said, "description": shorten(text)}
        guesses = () if kind or not said else ("the input does not say its type",)
        leave_of_column(column)
        fields.append(Found(field=field, said=said, required=required, guesses=guesses))
    checks += list(tests_of(table, "", no_names))
    key = _key(fields, checks)
    leave_meta(table)
    table.drop("name", "identifier", "quoting", "docs", "loader")
    table.leave("external", "it is read where a source says", "a `file` source")
    for left in ("constraints", "versions"):
        table.leave(left, "a check says it", "docs/checks.md")
    if checks:
        silver["checks"] = checks
    text = shorten(table.text("description"))
    made = sketch.add_dataset(dataset, source, fields, key=key, description=text, silver=silver)
    _evolve(sketch, made)
    return f"silver_{domain}.{made}"


def _key(fields: list[Found], checks: list[dict[str, Any]]) -> list[str]:
    """The one column that is unique and never missing: its check goes."""
    required = {name_of(one.field): one.field for one in fields if one.required}
    for check in checks:
        said = check.get("unique", {})
        if set(said) == {"column"} and said["column"] in required:
            checks.remove(check)
            return [required[said["column"]]]
    return []


def _evolve(sketch: Sketch, dataset: str) -> None:
    silver = sketch.said["datasets"][dataset]["silver"]
    if "schema_contract" in silver or any(
        "classification" in c for c in silver["columns"].values()
    ):
        return
    columns, checks = silver.pop("columns"), silver.pop("checks", None)
    silver["schema_contract"] = {"columns": "evolve"}
    silver["columns"] = columns
    if checks:
        silver["checks"] = checks
    sketch.guess(("datasets", dataset, "silver", "schema_contract"), _SOME_ONLY)


def _freshness(owner: Node) -> dict[str, str]:
    """dbt's words, as lengths of time."""
    config = owner.node("config")
    said = owner.node("freshness") if "freshness" in owner else config.node("freshness")
    said.leave("filter", "freshness counts from the last publication", "a `fresh` check")
    found: dict[str, str] = {}
    for key in ("warn_after", "error_after"):
        limit = said.node(key)
        count, period = limit.take("count"), limit.text("period")
        if isinstance(count, int) and period in _PERIODS:
            found[key] = f"{count}{_PERIODS[period]}"
    return found


def _leave_loaded_at(owner: Node) -> None:
    """Report a field of the time when a row was loaded."""
    holder = owner if "loaded_at_field" in owner else owner.node("config")
    if field := holder.text("loaded_at_field"):
        holder.leave(
            "loaded_at_field",
            "freshness counts from the last publication",
            f"`- fresh: {{column: {name_of(field)}, max_age: 26h}}` looks at the rows",
        )
