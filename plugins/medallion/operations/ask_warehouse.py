"""Asks the warehouse about the SQL of specs before a run: each query is prepared, none is executed.

It asks as the domain's role, in a read-only transaction. What cannot be asked yet, because a table
was never published or the domain has no role, is a warning, not a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from medallion.checks.problems import check_problems
from medallion.checks.row_query import query_over, query_tables
from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.contract import NewColumns
from medallion.cleaning.declared.types import parse_type
from medallion.errors import Issue
from medallion.names import Layer
from medallion.operations.surroundings import Surroundings
from medallion.publish.relations import Column
from medallion.run import Run
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import DatasetSpec
from medallion.spec.rules.gold_columns import find_missing
from medallion.spec.sql.lineage import origin_in, select_with
from medallion.sql.problem import place_of_offset
from medallion.steps.build import values_of
from medallion.warehouse.roles.questions import (
    Desk,
    NotAsked,
    as_relation,
    open_desks,
    relation_without_rows,
)
from medallion.warehouse.session.refused_query import QueryRefused
from medallion.warehouse.tables.staging import provenance

RULE, NOT_ASKED = "warehouse", "not-asked"
_QUERY = "unexpected_rows_query"
_TYPES = {
    "numeric": "decimal",
    "double precision": "double",
    "character varying": "text",
    "character": "text",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "jsonb": "json",
}
"""PostgreSQL's names of types, and ours where they differ."""


def ask_warehouse(specs: Sequence[LoadedSpec], surroundings: Surroundings) -> Iterator[Issue]:
    """The issues that the warehouse finds in valid specs; warnings for what could not be asked.

    Raises:
        WarehouseUnavailable: the server does not answer.
    """
    with open_desks(surroundings.warehouse_url) as desk_of:
        for spec in specs:
            domain = spec.dag_id.domain
            desk = desk_of(domain, surroundings.domain_warehouse(domain))
            found = list(_of_spec(spec, desk))
            data = (surroundings.project_root / spec.spec_path).read_bytes() if found else b""
            for finding in found:
                level = "warning" if finding.rule == NOT_ASKED else "error"
                for issue in issues_of([finding], spec.spec_path, data):
                    yield replace(issue, level=level)


def _of_spec(spec: LoadedSpec, desk: Desk) -> Iterator[Finding]:
    for name, dataset in spec.spec.datasets.items():
        batch = _silver_rows(dataset)
        for at, check in enumerate(dataset.silver.checks if batch else ()):
            where: KeyPath = ("datasets", name, "silver", "checks", at, check.name, _QUERY)
            yield from _of_query(where, check.arguments.get(_QUERY), batch, desk)
    for name in spec.queries:
        yield from _of_gold(spec, name, desk)


def _of_gold(spec: LoadedSpec, name: str, desk: Desk) -> Iterator[Finding]:
    query, gold = spec.queries[name], spec.spec.gold[name]
    where: KeyPath = ("gold", name, "sql")
    values = values_of(_SOME_RUN)
    select = select_with(query.text, values)
    try:
        columns = desk.columns(select, query.upstream)
    except NotAsked as why:
        yield _report_unasked(where, str(why))
        return
    except QueryRefused as refused:
        at = 0 if refused.offset is None else origin_in(query.text, values, refused.offset)
        line, column = place_of_offset(query.text, at)
        yield Finding(
            where=where,
            file=query.path,
            line=line,
            column=column,
            rule=RULE,
            problem=refused.problem,
            remedy=refused.remedy,
        )
        return
    for finding in find_missing(name, gold, [column.name for column in columns]):
        yield replace(finding, rule=RULE)
    yield from _of_checks(spec, name, columns)
    batch = as_relation(select)
    for number, check in enumerate(gold.checks):
        place = ("gold", name, "checks", number, check.name, _QUERY)
        yield from _of_query(place, check.arguments.get(_QUERY), batch, desk)


def _of_checks(spec: LoadedSpec, name: str, columns: Sequence[Column]) -> Iterator[Finding]:
    """Whether checks go with the columns that the SELECT gives, and with their types."""
    types = {column.name: kind for column in columns if (kind := _scalar(column.type))}
    names = tuple(column.name for column in columns)
    for at, check in enumerate(spec.spec.gold[name].checks):
        for found in check_problems(check, Layer.GOLD, names, types):
            yield Finding(
                where=("gold", name, "checks", at, check.name, *found.where),
                on_key=not found.where,
                rule=RULE,
                problem=found.problem,
                remedy=found.remedy,
            )


def _of_query(where: KeyPath, text: object, batch: str, desk: Desk) -> Iterator[Finding]:
    if not isinstance(text, str):
        return
    sent, origin = query_over(text, batch)
    try:
        desk.columns(sent, query_tables(text))
    except NotAsked as why:
        yield _report_unasked(where, str(why))
    except QueryRefused as refused:
        place = ""
        if refused.offset is not None:
            line, column = place_of_offset(text, origin(refused.offset))
            place = f"line {line}, column {column} of the query: "
        yield Finding(
            where=where, rule=RULE, problem=f"{place}{refused.problem}", remedy=refused.remedy
        )


def _report_unasked(where: KeyPath, why: str) -> Finding:
    return Finding(
        where=where,
        rule=NOT_ASKED,
        problem=f"the warehouse was not asked: {why}",
        remedy="run the pipelines that publish what it reads first, then ask again",
    )


def _silver_rows(dataset: DatasetSpec) -> str:
    """A query without rows that has the columns of the table; empty where they are not known."""
    if dataset.silver.schema_contract.columns is NewColumns.EVOLVE:
        return ""
    kinds = {
        name: parse_type(column.type).postgres
        for name, column in table_columns(dataset.silver.columns).items()
    }
    kinds |= {column.name: column.pg_type for column in provenance(0)}
    return relation_without_rows(kinds)


def _scalar(kind: str) -> str:
    """Our name of a type of PostgreSQL; empty of an array, and of one that columns cannot have."""
    bare = re.sub(r"\(.*?\)", "", kind).strip()
    return "" if bare.endswith("[]") else _TYPES.get(bare, bare if bare in _OURS else "")


_OURS = frozenset(
    ("text", "smallint", "integer", "bigint", "real", "boolean", "date", "uuid", "bytea")
)
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_SOME_RUN = Run(dag_id="", run_id="run", interval_start=_NOON, interval_end=_NOON)
"""For the words of a run: only their types matter."""
