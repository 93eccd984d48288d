"""What a test gives: a project whose sources send its rows, and tables that hold them."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.types import parse_type
from medallion.errors import SetupError
from medallion.names import (
    BRONZE_PART,
    BRONZE_RECORD,
    DATA_INTERVAL_END,
    DELETED_AT,
    LOAD_ID,
    VALID_FROM,
    VALID_TO,
    PublishedTable,
)
from medallion.plan.model import CleanStep, LandStep, PlannedTask
from medallion.sources.base.source import SourceModel
from medallion.sources.file.source import FileSource
from medallion.sources.formats.archives import is_archive
from medallion.sources.formats.table import FORMATS, format_of_name
from medallion.spec.files.regular_file import COMPILED_FOLDERS
from medallion.spec.models.unit_tests import GivenSpec
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.unit_test_rows import insert_given
from medallion.workbench.scratch import Scratch

OWN_COLUMNS = {
    LOAD_ID: "bigint",
    BRONZE_PART: "integer",
    BRONZE_RECORD: "bigint",
    DATA_INTERVAL_END: "timestamptz",
    VALID_FROM: "timestamptz",
    VALID_TO: "timestamptz",
    DELETED_AT: "timestamptz",
}
"""What SQL may read of silver besides the spec's columns; NULL where a test does not say it."""


def project_for(root: Path, domain: str, scratch: Scratch) -> Path:
    """A project in the scratch: the same specs, SQL and code, and no data yet."""
    made = scratch.folder / "project"
    (made / "include/data" / domain).mkdir(parents=True)
    for name in COMPILED_FOLDERS:  # the data come from the test alone
        if (root / name).exists():
            (made / name).symlink_to((root / name).resolve(), target_is_directory=True)
    return made


def with_given_source(
    task: PlannedTask, given: GivenSpec, beside: Path, project: Path
) -> PlannedTask:
    """A land task that reads what a test gives instead of its own source.

    Rows of a delimited file are written as one; those of any other source become JSON Lines, whose
    values keep their types.

    Args:
        task: a dataset's `land`.
        given: its rows, or its file.
        beside: the folder of the file of tests.
        project: of the scratch.
    """
    step = task.step
    assert isinstance(step, LandStep)  # noqa: S101  # the caller asks for land tasks only
    folder = Path("include/data") / step.table.domain
    if given.file is not None:
        name = folder / given.file
        shutil.copyfile(beside / given.file, project / name)
        source = _reading(step.source, name)
    elif isinstance(step.source, FileSource) and _is_written_as_csv(step.source):
        name = folder / f"{step.table.name}.csv"
        _write_csv(project / name, given.rows or ())
        source = FileSource.model_validate(
            {"type": "file", "path": str(name), "delimiter": ",", "encoding": "utf-8"}
        )
    else:
        name = folder / f"{step.table.name}.jsonl"
        _write_json(project / name, given.rows or ())
        source = FileSource(type="file", path=str(name), format="jsonl")
    return replace(task, step=replace(step, source=source))


def insert_table(
    table: PublishedTable,
    rows: Sequence[Mapping[str, Any]],
    types: Mapping[str, str],
    scratch: Scratch,
) -> None:
    """A published table that holds a test's rows.

    Args:
        types: PostgreSQL's type of each column that is known; of the others the rows tell.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    kinds = {name: types.get(name) or _kind(row.get(name) for row in rows) for name in names}
    kinds = {**types, **kinds}
    with session(scratch.warehouse_url, f"giving {table.public}") as connection:
        insert_given(connection, table, kinds, json.dumps(rows, default=str))


def silver_types(tasks: Sequence[PlannedTask], table: PublishedTable) -> dict[str, str]:
    """PostgreSQL's types of a silver table's columns, Medallion's own too; of others nothing."""
    for task in tasks:
        if isinstance(task.step, CleanStep) and task.step.table == table:
            columns = table_columns(task.step.columns)
            types = {name: parse_type(column.type).postgres for name, column in columns.items()}
            return types | OWN_COLUMNS
    return {}


def _is_written_as_csv(source: FileSource) -> bool:
    """Whether a test's rows have columns, as the source's: what is unpivoted has."""
    return FORMATS[source.format].values_are_texts or source.unpivot is not None


def _reading(source: SourceModel, name: Path) -> FileSource:
    if isinstance(source, FileSource):
        member = source.member if is_archive(name.name) else None
        given = {"path": str(name), "only_new": False, "member": member}
        return source.model_copy(update=given)
    return FileSource(type="file", path=str(name), format=_format_of(name))


def _format_of(name: Path) -> str:
    found = format_of_name(name.name)
    if found is None:
        known = [end for one in FORMATS.values() for end in one.suffixes]
        raise SetupError(
            f"{name.name}: it is not known how to read a file that ends in {name.suffix!r}",
            remedy=f"name it with one of {', '.join(known)}",
        )
    return found


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([[_field(row.get(name)) for name in names] for row in rows])


def _field(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _write_json(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    text = "".join(f"{json.dumps(row, default=str, ensure_ascii=False)}\n" for row in rows)
    path.write_text(text, encoding="utf-8")


_KINDS = (
    (bool, "boolean"),
    (int, "bigint"),
    ((int, float), "double precision"),
    (datetime, "timestamptz"),
    (date, "date"),
)


def _kind(values: Any) -> str:
    """The type that holds every value of a column of which no spec tells the type."""
    found = [value for value in values if value is not None]
    for kind, name in _KINDS:
        if found and all(isinstance(value, kind) for value in found):
            return name
    return "text"
