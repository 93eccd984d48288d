"""Rules on checks: what GX would only report in a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from medallion.checks.aliases import FOREIGN_KEY
from medallion.checks.declaration import CheckSpec
from medallion.checks.problems import check_problems
from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.types import parse_type
from medallion.names import Layer, TableName
from medallion.spec.cache.disk import cache_folder
from medallion.spec.cache.lineage import CachedReading
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.findings.progress import reading
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.models.queries import QueryReading
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.gold_columns import certain_names
from medallion.sql.problem import QueryProblem
from medallion.sql.scope import UNKNOWN
from medallion.sql.version import reader_version

_QUERY = "unexpected_rows_query"


def check(context: RuleContext) -> Iterator[Finding]:
    """A check is known, has the arguments that it needs, and asks for columns that exist."""
    for where, declared, layer, columns in _checks(context):
        reading(*where, declared.name)
        types = _types(context, str(where[1])) if layer is Layer.SILVER else {}
        for problem in check_problems(declared, layer, columns, types):
            yield Finding(
                where=(*where, declared.name, *problem.where),
                on_key=not problem.where,
                problem=problem.problem,
                remedy=problem.remedy,
            )


def check_query(context: RuleContext) -> Iterator[Finding]:
    """The SQL of a check is one SELECT over {batch} and published tables, and only computes."""
    read = _reader(context.root)
    for where, declared, _ in list_declared(context.spec):
        text = declared.arguments.get(_QUERY)
        reading(*where, declared.name, _QUERY)
        if not isinstance(text, str):
            continue
        for found in read(text).problems or _unknown_columns(context, where, text):
            place = f"line {found.line}, column {found.column} of the query: " if found.line else ""
            yield Finding(
                where=(*where, declared.name, _QUERY),
                problem=f"{place}{found.problem}",
                remedy=found.remedy,
            )


def _unknown_columns(context: RuleContext, where: KeyPath, text: str) -> Sequence[QueryProblem]:
    from medallion.checks.row_query import unknown_columns

    layer = Layer.GOLD if where[0] == "gold" else Layer.SILVER
    table = TableName(f"{layer}_{context.dag_id.domain}", str(where[1]))
    batch = UNKNOWN if "bronze" in where else context.columns.of(table)
    return unknown_columns(text, batch, lambda *name: context.columns.of(TableName(*name)))


def tables_of_checks(spec: PipelineSpec, root: Path) -> Iterator[tuple[KeyPath, TableName]]:
    """The published tables that checks read besides their own, each with its place."""
    read = _reader(root)
    for where, declared, _ in list_declared(spec):
        text, to = declared.arguments.get(_QUERY), declared.arguments.get("to")
        if isinstance(text, str):
            for table in read(text).upstream:
                yield (*where, declared.name, _QUERY), table
        elif declared.name == FOREIGN_KEY and isinstance(to, str):
            yield (*where, declared.name, "to"), TableName.parse(to.rpartition(".")[0])


def _reader(root: Path) -> CachedReading:
    version = reader_version("medallion.checks.row_query")
    return CachedReading(cache_folder(root, "check-readings"), _read_query, version)


def _read_query(text: str) -> QueryReading:
    from medallion.checks.row_query import query_problems, query_tables

    problems = query_problems(text)
    return QueryReading(problems=problems, upstream=() if problems else query_tables(text))


def _types(context: RuleContext, dataset: str) -> dict[str, str]:
    """By column its scalar type; without arrays, and without all where one of them is broken."""
    if f"{dataset}.columns" in context.lost:
        return {}
    found = {}
    for name, column in table_columns(context.spec.datasets[dataset].silver.columns).items():
        try:
            kind = parse_type(column.type)
        except ValueError:
            continue
        if not kind.array:
            found[name] = kind.scalar.name
    return found


_Declared = tuple[KeyPath, CheckSpec, Layer, tuple[str, ...] | None]


def _checks(context: RuleContext) -> Iterator[_Declared]:
    """Every check with its place, its layer, and the columns it may ask for where they are known.

    A landing has the columns that its source happens to have, a gold table those of its SELECT.
    """
    for where, declared, layer in list_declared(context.spec):
        columns = None
        if layer is Layer.SILVER:
            columns = tuple(table_columns(context.spec.datasets[str(where[1])].silver.columns))
        elif layer is Layer.GOLD:
            table = TableName(f"{Layer.GOLD}_{context.dag_id.domain}", str(where[1]))
            columns = certain_names(context.columns.read(table))
        yield where, declared, layer, columns


def list_declared(spec: PipelineSpec) -> Iterator[tuple[KeyPath, CheckSpec, Layer]]:
    """Every check of a spec, with its place and its layer."""
    for name, dataset in spec.datasets.items():
        for at, declared in enumerate(dataset.bronze.checks):
            yield ("datasets", name, "bronze", "checks", at), declared, Layer.BRONZE
        for at, declared in enumerate(dataset.silver.checks):
            yield ("datasets", name, "silver", "checks", at), declared, Layer.SILVER
    for name, gold in spec.gold.items():
        for at, declared in enumerate(gold.checks):
            yield ("gold", name, "checks", at), declared, Layer.GOLD
