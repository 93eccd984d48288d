"""Rules on the columns that a gold table's SELECT reads and returns, as far as they are certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from medallion.names import SYSTEM_COLUMNS, Layer, TableName
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import GoldSpec
from medallion.spec.models.queries import GoldQuery
from medallion.spec.rules.context import RuleContext
from medallion.spec.sql.table_columns import TableColumns, gold_queries, merge, silver_columns
from medallion.sql.columns import SelectColumns
from medallion.sql.problem import place_of_offset


def gold_column(context: RuleContext) -> Iterator[Finding]:
    """A gold table's SELECT takes columns that its tables have, and gives each a name once."""
    for name, query in context.queries.items():
        found = context.columns.read(_table(context.dag_id.domain, name))
        yield from _of_query(name, query, found)


def gold_key(context: RuleContext) -> Iterator[Finding]:
    """`primary_key` and `columns` of a gold table name columns that its SELECT gives."""
    for name in context.queries:
        found = context.columns.read(_table(context.dag_id.domain, name))
        yield from find_missing(name, context.spec.gold[name], certain_names(found))


def gold_across(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """What a gold table takes of the tables of other specs is among their columns."""
    loaded = [(attempt, attempt.loaded) for attempt in attempts if attempt.loaded is not None]
    known = TableColumns(
        merge(silver_columns(spec.spec, spec.dag_id.domain) for _, spec in loaded),
        merge(gold_queries(spec.queries, spec.dag_id.domain) for _, spec in loaded),
    )
    for attempt, spec in loaded:
        for name in _with_foreign_inputs(spec):
            found = known.read(_table(spec.dag_id.domain, name))
            for finding in _of_query(name, spec.queries[name], found):
                yield attempt, finding


def _with_foreign_inputs(spec: LoadedSpec) -> Iterator[str]:
    """The gold tables that are made of other specs' tables too, also through others of their own:
    of the rest everything is known by the spec alone."""
    domain = spec.dag_id.domain
    own = {TableName(f"{Layer.SILVER}_{domain}", name) for name in spec.spec.datasets}
    while more := {
        table
        for name, query in spec.queries.items()
        if (table := _table(domain, name)) not in own and own.issuperset(query.upstream)
    }:
        own |= more
    yield from (name for name in spec.queries if _table(domain, name) not in own)


def certain_names(found: SelectColumns) -> tuple[str, ...] | None:
    """The names of a SELECT's result; None if they are not certain."""
    columns = found.columns
    return columns.names if columns.whole and not columns.own else None


def _table(domain: str, name: str) -> TableName:
    return TableName(f"{Layer.GOLD}_{domain}", name)


def _of_query(name: str, query: GoldQuery, found: SelectColumns) -> Iterator[Finding]:
    where: KeyPath = ("gold", name, "sql")
    for wrong in found.problems:
        yield Finding(
            where=where,
            file=query.path,
            line=wrong.line,
            column=wrong.column,
            problem=wrong.problem,
            remedy=wrong.remedy,
        )
    seen: set[str] = set()
    for column in found.columns.names:
        refused = _refuse(column, seen)
        seen.add(column)
        if refused:
            places = [at for named, at in found.places if named == column]
            line, place = place_of_offset(query.text, places[-1]) if places else (1, 1)
            yield Finding(
                where=where,
                file=query.path,
                line=line,
                column=place,
                problem=refused,
                remedy="give it another name: … AS name" if places else "name them, without *",
            )


def _refuse(column: str, seen: set[str]) -> str:
    if column in SYSTEM_COLUMNS:
        return f"{column} is a column that PostgreSQL gives every table"
    return f"the SELECT gives two columns the name {column}" if column in seen else ""


def find_missing(name: str, gold: GoldSpec, columns: Sequence[str] | None) -> Iterator[Finding]:
    """Columns that a spec names for a gold table and its SELECT does not return.

    Args:
        name: of the table.
        gold: its declaration.
        columns: those of its SELECT; None if they are not known.
    """
    for at, column in enumerate(gold.primary_key):
        where: KeyPath = ("gold", name, "primary_key", at)
        if column in gold.primary_key[:at]:
            yield Finding(where=where, problem=f"{column} is in the key twice")
        elif columns is not None and column not in columns:
            yield _missing(where, column, gold, columns)
    for column in gold.columns:
        if columns is not None and column not in columns:
            where = ("gold", name, "columns", column)
            yield _missing(where, column, gold, columns, on_key=True)


def _missing(
    where: KeyPath, column: str, gold: GoldSpec, columns: Sequence[str], *, on_key: bool = False
) -> Finding:
    return Finding(
        where=where,
        on_key=on_key,
        problem=f"{gold.sql} gives no column {column}",
        remedy=did_you_mean(column, columns),
    )
