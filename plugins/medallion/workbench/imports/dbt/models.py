"""dbt's models as gold tables, their SQL from the files beside the YAML."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.rest_parts import shorten
from medallion.workbench.imports.base.sketch import Sketch, short_name
from medallion.workbench.imports.dbt.data_tests import tests_of
from medallion.workbench.imports.dbt.model_sql import ModelSql, Names, plain_sql, table_of
from medallion.workbench.inference.column_names import name_of

MOST_FILES = 5000
MOST_CHARACTERS = 500_000
_SQL = "`include/sql/` has plain SELECTs: write it out"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """A model that is declared, with its SQL."""

    name: str
    said: Node
    sql: str


def add_models(
    declared: Sequence[Node], folder: Path, names: Names, sketch: Sketch, domain: str
) -> Names:
    """A gold table for each model whose SQL only names tables; the names with theirs.

    A model that reads one that is not mapped is not mapped either.
    """
    files = {path.stem: text for path, text in _read_files(folder, ".sql")}
    models: list[_Model] = []
    for said in declared:
        name = said.text("name")
        if name not in files:
            said.leave_all(f"there is no {name}.sql below {folder.name}/", "name its folder")
            continue
        models.append(_Model(name=name, said=said, sql=files[name]))
    kept, refused = _map(models, names, domain)
    for one, found in refused:
        where = f"{one.name}.sql" + (f", line {found.line}" if found.line else "")
        one.said.leave_all(f"{where}: {found.problem}", _SQL)
    names = _with(names, [one for one, _ in kept], domain)
    for one, found in kept:
        _add(one, found, names, sketch)
    return names


def _map(
    models: list[_Model], names: Names, domain: str
) -> tuple[list[tuple[_Model, ModelSql]], list[tuple[_Model, ModelSql]]]:
    """Those that can be gold tables, and the others, each with its SQL."""
    refused: list[tuple[_Model, ModelSql]] = []
    while True:
        known = _with(names, models, domain)
        found = [(one, plain_sql(one.sql, known)) for one in models]
        bad = [(one, sql) for one, sql in found if sql.problem]
        if not bad:
            return found, refused
        refused += bad
        models = [one for one, sql in found if not sql.problem]


def _with(names: Names, models: Sequence[_Model], domain: str) -> Names:
    gold = {one.name: f"gold_{domain}.{short_name(one.name)}" for one in models}
    return Names(models={**names.models, **gold}, sources=names.sources)


def _add(one: _Model, found: ModelSql, names: Names, sketch: Sketch) -> None:
    said, table = one.said, short_name(one.name)
    made: dict[str, Any] = {}
    if text := shorten(said.text("description")):
        made["description"] = text
    made["sql"] = f"{table}.sql"
    checks = list(tests_of(said, "", names))
    descriptions: dict[str, Any] = {}
    for column in said.nodes("columns"):
        name = name_of(column.text("name"))
        if text := shorten(column.text("description")):
            descriptions[name] = text
        checks += tests_of(column, name, names)
        column.leave("data_type", "a gold column has the type that its SELECT gives", "`cast`")
        leave_of_column(column)
    if key := _key(checks):
        made["primary_key"] = key
    if descriptions:
        made["columns"] = descriptions
    if checks:
        made["checks"] = checks
    grants = said.node("config").node("grants").texts("select")
    if grants:
        made["grants"] = grants
    _leave_of_model(said)
    sketch.said.setdefault("gold", {})[table] = made
    sketch.sql[f"{table}.sql"] = found.text


def _leave_of_model(said: Node) -> None:
    """Report what dbt says of a model, and no gold table."""
    config = said.node("config")
    if config.peek("materialized") in ("table", "view"):
        config.drop("materialized")
    for key in ("materialized", "unique_key", "incremental_strategy", "on_schema_change"):
        config.leave(key, "a gold table is built as a whole unless it says otherwise",
                     "`materialization` (docs/incremental.md)")  # fmt: skip
    config.drop("enabled", "docs")
    for key in ("schema", "alias"):
        config.leave(key, "a table is gold_<domain>.<model>")
    leave_meta(config)
    leave_meta(said)
    said.drop("name", "docs", "access", "latest_version")
    said.leave("versions", "a table has the versions that were published", "docs/publishing.md")
    said.leave("constraints", "a check says it", "docs/checks.md")
    config.leave("contract", "a column that goes is refused anyway",
                 "`schema_contract: freeze` refuses new ones, too")  # fmt: skip


def _key(checks: list[dict[str, Any]]) -> list[str]:
    """The one column, or group, that is unique and never missing: these checks go."""
    required = [c["not_null"]["column"] for c in checks if set(c.get("not_null", {})) == {"column"}]
    for check in checks:
        said = check.get("unique", {})
        columns = said.get("columns") or [said.get("column")]
        if check.keys() == {"unique"} and len(said) == 1 and all(c in required for c in columns):
            checks[:] = [
                one for one in checks
                if one is not check
                and one not in [{"not_null": {"column": column}} for column in columns]
            ]  # fmt: skip
            return list(columns)
    return []


def leave_meta(owner: Node) -> None:
    """Report what a project says of its tables and columns in words of its own."""
    owner.leave("meta", "its meaning is the project's own",
                "of personal data `classification: {pii: …, protect: …}`")  # fmt: skip
    owner.leave("tags", "a pipeline has tags, a table none", "`tags`")


def leave_of_column(column: Node) -> None:
    """Report what dbt says of a column, and no spec."""
    leave_meta(column)
    leave_meta(column.node("config"))
    column.leave("policy_tags", "who may read a column is its classification",
                 "`classification: {pii: …, protect: …}`")  # fmt: skip
    column.leave("constraints", "a check says it", "docs/checks.md")
    column.drop("quote", "name")


def expose(exposure: Node, names: Names, sketch: Sketch) -> None:
    """An exposure of each gold table that it depends on."""
    gold = {f".{table}": made for table, made in sketch.said.get("gold", {}).items()}
    owner = exposure.node("owner")
    said = {
        "type": exposure.text("type") or "dashboard",
        "owner": owner.text("name") or owner.text("email"),
        "url": exposure.text("url"),
        "description": shorten(exposure.text("description") or exposure.text("label")),
    }
    owner.drop("name", "email")
    name = short_name(exposure.text("name"))
    leave_meta(exposure)
    leave_meta(exposure.node("config"))
    exposure.drop("label", "maturity")
    for reference in exposure.texts("depends_on"):
        table = table_of(reference, names)
        made = next((one for end, one in gold.items() if table and table.endswith(end)), None)
        if made is None:
            exposure.leftovers.leave(exposure.at("depends_on"), f"{reference} is not mapped")
            continue
        made.setdefault("exposures", {})[name] = {k: v for k, v in said.items() if v}


_NO_MODELS = frozenset(("macros", "tests", "analyses", "analysis", "snapshots", "seeds", "data"))
"""Folders of a project whose SQL is of no model."""


def list_models(folder: Path, declared: Sequence[Node], leftovers: Leftovers) -> list[Node]:
    """The models of a project that no YAML names: dbt needs none."""
    known = {one.text("name") for one in declared}
    return [
        Node({"name": path.stem}, _place(path, folder), leftovers)
        for path, _ in _read_files(folder, ".sql")
        if path.stem not in known and _NO_MODELS.isdisjoint(path.relative_to(folder).parts[:-1])
    ]


def list_seeds(folder: Path, known: Collection[str], leftovers: Leftovers) -> list[Node]:
    """The seeds of a project that no YAML names: CSV files below `seeds/` or `data/`."""
    return [
        Node({"name": path.stem, "columns": _read_header(path)}, _place(path, folder), leftovers)
        for path, _ in _read_files(folder, ".csv", with_text=False)
        if path.stem not in known
        and {"seeds", "data"} & {*path.relative_to(folder).parts[:-1], folder.name}
    ]


def _place(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder))


def _read_header(path: Path) -> list[dict[str, str]]:
    """The columns of a seed, as YAML would name them."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        names = next(csv.reader([file.readline(MOST_CHARACTERS)]), [])
    return [{"name": one} for one in names if one.strip()]


def _read_files(folder: Path, ending: str, *, with_text: bool = True) -> Iterator[tuple[Path, str]]:
    """Each file below a folder with its text; links are not followed."""
    seen = 0
    for where, below, files in os.walk(folder, followlinks=False):
        below[:] = [one for one in below if one not in ("target", "dbt_packages", ".git")]
        for file in sorted(files):
            path = Path(where) / file
            seen += 1
            if seen > MOST_FILES:
                return
            if path.suffix != ending or path.is_symlink():
                continue
            if not with_text:
                yield path, ""
                continue
            if path.is_file():
                with path.open(encoding="utf-8", errors="replace") as opened:
                    text = opened.read(MOST_CHARACTERS + 1)
                if len(text) <= MOST_CHARACTERS:
                    yield path, text
