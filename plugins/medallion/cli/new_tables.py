"""`new` from many tables of a database: their names by patterns, their columns by its catalogue."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medallion.cli.new_connections import enter_airflow, hold_allowed
from medallion.cli.new_database import key_of, request_for_database, sample_of_table
from medallion.cli.new_landing import request_of
from medallion.cli.new_loaded import Loaded, leave_out_own
from medallion.cli.new_loaders import TableLoaders, is_own, look_at_tables
from medallion.errors import MedallionError, SetupError, SourceRefused
from medallion.sources.base.source import ExtractRequest
from medallion.sources.base.table_states import GONE, NEW
from medallion.sources.database.base import FromDatabase
from medallion.sources.database.listing import TablesSpec
from medallion.sources.database.source import DatabaseSource
from medallion.spec.models.bounds import MOST_TABLES
from medallion.spec.models.each_table import DATABASE, name_of, own_tables_of, path_of
from medallion.spec.models.pipeline import ForEachTable
from medallion.workbench.inference.column_names import names_of
from medallion.workbench.inference.proposal import propose, propose_without_records
from medallion.workbench.inference.readings import Hints
from medallion.workbench.inference.sample import DataSample
from medallion.workbench.inference.tables_text import (
    ProposedTable,
    TablesHeading,
    add_tables,
    tables_text,
)

FIRST = 1_000
"""Rows of each table that are looked at: the catalogue says the rest."""


def text_of_tables(
    arguments: argparse.Namespace, domain: str, pipeline: str, root: Path
) -> tuple[str, int, Mapping[str, str]]:
    """A spec of all tables that the patterns ask for, their number, and why others are not in it.

    Raises:
        SetupError: no table is asked for, or too many; the domain may not use the connection.
        SourceRefused, SourceUnavailable: the database refuses, or does not answer.
    """
    asked = _read_flags(arguments)
    hold_allowed(domain, arguments.connection, root)
    enter_airflow(root)
    request = _request(domain, root)
    spec = TablesSpec.model_validate({**asked, "include": asked.get("include", ("*",))})
    listed = _names(_list(arguments.connection, spec, request), NEW)
    looked = look_at_tables(listed, arguments.connection, arguments.schema or "", request)
    kind = looked.find_kind()
    names = [one for one in listed if not is_own(one, kind)]
    if not names:
        raise SetupError(
            f"{arguments.connection} has no such table that its login may read",
            remedy='say which are wanted: --tables "*" --schema sales',
        )
    if len(names) > MOST_TABLES:
        raise SetupError(
            f"{len(names):,} tables, and {MOST_TABLES} are the most of one pipeline",
            remedy='make several pipelines: --tables "a*", --exclude "a*"',
        )
    schema = arguments.schema or ""
    place = _Place(
        conn_id=arguments.connection, schema=schema, domain=domain, request=request, kind=kind
    )
    tables, failed = _propose_all(names, place, looked, Hints(timezone=arguments.timezone))
    of_kind = {} if kind == DATABASE else {"type": kind}
    heading = TablesHeading(
        asked={**of_kind, "conn_id": arguments.connection, **asked},
        origin=f"{f'the schema {schema} of ' if schema else ''}{arguments.connection}",
        start_date=datetime.now(UTC).date(),
        name=pipeline,
        description=arguments.description,
        schedule=arguments.schedule,
        left_out=failed,
    )
    if not tables:
        raise SetupError(f"no table could be read: {next(iter(failed.values()))}")
    return tables_text(heading, tables), len(tables), failed


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTables:
    """What a schema has that the list of a spec lacks, and the names that it has no longer."""

    added: tuple[ProposedTable, ...]
    gone: tuple[str, ...]
    gone_paths: frozenset[str]
    """The same as sources name them."""

    def write(self, text: str) -> str:
        """The text of the spec with the tables added, and marks above those that have gone."""
        return add_tables(text, self.added, self.gone)


def find_changed_tables(said: ForEachTable, domain: str, root: Path, hints: Hints) -> ChangedTables:
    """Compare the list of a spec with the database. Of a table that cannot be read the reason is
    written to the standard error.

    Raises:
        SetupError, SourceRefused, SourceUnavailable: as `text_of_tables`.
    """
    enter_airflow(root)
    request = _request(domain, root)
    asked = TablesSpec.model_validate({
        "schema": said.schema_name, "include": said.include, "views": said.views,
        "exclude": (*said.exclude, *own_tables_of(said.type)), "known": tuple(said.tables),
    })  # fmt: skip
    listed = _list(said.conn_id, asked, request)
    looked = look_at_tables(_names(listed, NEW), said.conn_id, said.schema_name, request)
    place = _Place(
        conn_id=said.conn_id,
        schema=said.schema_name,
        domain=domain,
        request=request,
        prefix=said.prefix,
        taken=said.datasets(),
        kind=said.type,
    )
    tables, failed = _propose_all(_names(listed, NEW), place, looked, hints)
    for table, why in failed.items():
        sys.stderr.write(f"{table}: {why}\n")
    gone = _names(listed, GONE)
    paths = frozenset(path_of(said.schema_name, name) for name in gone)
    return ChangedTables(added=tuple(tables), gone=tuple(gone), gone_paths=paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where tables are read from and as which type of source, and the names of datasets that are
    taken."""

    conn_id: str
    schema: str
    domain: str
    request: ExtractRequest
    prefix: str = ""
    taken: frozenset[str] = frozenset()
    kind: str = DATABASE


def _propose_all(
    names: Iterable[str], place: _Place, looked: TableLoaders, hints: Hints
) -> tuple[list[ProposedTable], dict[str, str]]:
    """What each table would be declared as, and of those that cannot be read, why."""
    found: list[ProposedTable] = []
    failed: dict[str, str] = {}
    used = set(place.taken)
    for table in names:
        sys.stderr.write(f"{table}\n")
        try:
            one = _propose(table, looked.hold(table, place.kind), place, hints)
        except MedallionError as error:
            failed[table] = error.problem
            continue
        usual = name_of(table, place.prefix)
        dataset = _free_name(usual, used)
        used.add(dataset)
        found.append(replace(one, dataset="" if dataset == usual else dataset))
    return found, failed


def _propose(table: str, loaded: Loaded | None, place: _Place, hints: Hints) -> ProposedTable:
    path = path_of(place.schema, table)
    words = {key: value for key, value in loaded.said.items() if key != "type"} if loaded else {}
    model: type[FromDatabase] = loaded.model if loaded else DatabaseSource
    source = model.model_validate({
        "type": place.kind, "conn_id": place.conn_id, "table": path, **words,
    })  # fmt: skip
    with sample_of_table(source, place.request, place.domain) as (whole, described):
        sample = leave_out_own(whole, loaded) if loaded else whole
        if not sample.fields:
            raise SourceRefused("it has no columns of data")
        key = key_of(sample, described) or _row_id(sample, loaded)
        make = propose if sample.records else propose_without_records
        about = described.comment if described else ""
        proposal = make(sample, hints, key)
        return ProposedTable(
            table=table, proposal=proposal, primary_key=key, about=about, source=words
        )


def _row_id(sample: DataSample, loaded: Loaded | None) -> tuple[str, ...]:
    """The column that a tool tells rows apart by, of a table that has no key of its own."""
    fields = [field.name for field in sample.fields]
    names = dict(zip(fields, names_of(fields, are_paths=False), strict=True))
    return (names[loaded.row_id],) if loaded and loaded.row_id in names else ()


def _free_name(name: str, used: Iterable[str]) -> str:
    """A dataset's name that no other table has: 40 characters at most, and a number where it is
    taken."""
    short = (name or "table")[:40].rstrip("_")
    free, number = short, 2
    while free in used:
        ending = f"_{number}"
        free, number = f"{short[: 40 - len(ending)]}{ending}", number + 1
    return free


def _read_flags(arguments: argparse.Namespace) -> dict[str, Any]:
    include, exclude = (_patterns(one) for one in (arguments.tables, arguments.exclude))
    asked: dict[str, Any] = {"schema": arguments.schema} if arguments.schema else {}
    if include != ["*"]:
        asked["include"] = include
    if exclude:
        asked["exclude"] = exclude
    return asked


def _patterns(text: str | None) -> list[str]:
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _request(domain: str, root: Path) -> ExtractRequest:
    return replace(request_for_database(request_of(domain, root)), first=FIRST)


def _list(conn_id: str, asked: TablesSpec, request: ExtractRequest) -> Mapping[str, list[str]]:
    """By state, the names of tables."""
    found: dict[str, list[str]] = {}
    source = DatabaseSource(type="database", conn_id=conn_id, tables=asked)
    for one in source.list_tables(request, asked):
        found.setdefault(one.state, []).append(one.table_name)
    return found


def _names(listed: Mapping[str, list[str]], state: str) -> list[str]:
    return listed.get(state, [])
