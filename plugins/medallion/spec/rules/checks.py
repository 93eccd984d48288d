"""Rules on checks."""

from __future__ import annotations

from collections.abc import Iterator
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
from medallion.sql.version import reader_version

_QUERY = "unexpected_rows_query"


def check(context: RuleContext) -> Iterator[Finding]:
    """A check is known, has the arguments that it needs, and asks for columns that exist."""
    for where, declared, layer, columns in _checks(context.spec):
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
    for where, declared, _, _ in _checks(context.spec):
        text = declared.arguments.get(_QUERY)
        reading(*where, declared.name, _QUERY)
        for found in read(text).problems if isinstance(text, str) else ():
            place = f"line {found.line}, column {found.column} of the query: " if found.line else ""
            yield Finding(
                where=(*where, declared.name, _QUERY),
                problem=f"{place}{found.problem}",
                remedy=found.remedy,
            )


def tables_of_checks(spec: PipelineSpec, root: Path) -> Iterator[tuple[KeyPath, TableName]]:
    """The published tables that checks look into beside their own, each with its place."""
    read = _reader(root)
    for where, declared, _, _ in _checks(spec):
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


def _checks(spec: PipelineSpec) -> Iterator[_Declared]:
    """Every check with its place, its layer, and the columns it may ask for where they are known.

    A landing has the columns that its source happens to have, a gold table those of its SELECT.
    """
    for name, dataset in spec.datasets.items():
        silver = dataset.silver
        for at, declared in enumerate(dataset.bronze.checks):
            yield ("datasets", name, "bronze", "checks", at), declared, Layer.BRONZE, None
        for at, declared in enumerate(silver.checks):
            where = ("datasets", name, "silver", "checks", at)
            yield where, declared, Layer.SILVER, tuple(table_columns(silver.columns))
    for name, gold in spec.gold.items():
        for at, declared in enumerate(gold.checks):
            yield ("gold", name, "checks", at), declared, Layer.GOLD, None
