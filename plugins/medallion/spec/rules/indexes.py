"""Rules on the indexes of tables, and on the order of their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.types import parse_type
from medallion.names import Layer, TableName
from medallion.publish.indexes import IndexMethod
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.indexes import IndexSpec
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.gold_columns import certain_names
from medallion.sql.index_conditions import read_index_condition
from medallion.sql.scope import Columns

_WITHOUT_ORDER = ("json",)
"""Types that no index but GIN makes sense of: a B-tree of whole documents helps no query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table with indexes or an order.

    Attributes:
        where: the place of its declaration.
        columns: None where they are not certain.
        types: of silver, as its author writes them.
        keeps_history: a key has several rows.
    """

    name: str
    where: KeyPath
    table: TableName
    indexes: Sequence[IndexSpec]
    cluster_by: Sequence[str]
    columns: Sequence[str] | None
    types: dict[str, str]
    keeps_history: bool


def index_column(context: RuleContext) -> Iterator[Finding]:
    """An index, and the order of rows, is made of columns that the table has, each named once."""
    for one in _tables(context):
        for at, index in enumerate(one.indexes):
            where = (*one.where, "indexes", at)
            yield from _judge((*where, "columns"), one, index.columns, "the index")
            twice = [name for name in index.include if name in index.columns]
            yield from _judge((*where, "include"), one, index.include, "the index", twice)
        yield from _judge((*one.where, "cluster_by"), one, one.cluster_by, "the order")


def index_method(context: RuleContext) -> Iterator[Finding]:
    """A method of an index has its limits: what it may be unique by, include, and how many columns
    it takes; and the types of the columns go with it."""
    for one in _tables(context):
        for at, index in enumerate(one.indexes):
            where = (*one.where, "indexes", at)
            for key, problem, remedy in (*_limits(index), *_types(index, one.types)):
                yield Finding(where=(*where, *key), problem=problem, remedy=remedy)
            if index.unique and one.keeps_history:
                yield Finding(
                    where=(*where, "unique"),
                    problem=f"{one.name} keeps the former states of each key: several rows have "
                    "the same values",
                    remedy="remove it, and have a check say it of the cleaned rows: "
                    f"`unique: {{columns: [{', '.join(index.columns)}]}}`",
                )


def index_where(context: RuleContext) -> Iterator[Finding]:
    """The condition of an index compares the table's columns with constants: PostgreSQL evaluates
    it for every row, and with the rights of the table's owner."""
    for one in _tables(context):
        known = None if one.columns is None else Columns(names=tuple(one.columns), own=True)
        for at, index in enumerate(one.indexes):
            if not index.where:
                continue
            read = read_index_condition(index.where, one.table, known)
            for found in read.problems:
                yield Finding(
                    where=(*one.where, "indexes", at, "where"),
                    problem=found.problem,
                    remedy=found.remedy,
                )


def _judge(
    where: KeyPath, table: _Table, named: Sequence[str], what: str, twice: Sequence[str] = ()
) -> Iterator[Finding]:
    for place, column in enumerate(named):
        if column in named[:place] or column in twice:
            problem, remedy = f"{column} is in {what} twice", "name it once"
        elif table.columns is not None and column not in table.columns:
            problem = f"{column} is not a column of {table.name}"
            remedy = did_you_mean(column, table.columns)
        else:
            continue
        yield Finding(where=(*where, place), problem=problem, remedy=remedy)


def _limits(index: IndexSpec) -> Iterator[tuple[KeyPath, str, str]]:
    method = index.method
    if len(index.columns) > 1 and not method.takes_several:
        yield ("columns",), f"a {method} index has one column", "have an index for each, or a btree"
    if index.unique and not method.can_be_unique:
        yield ("unique",), f"a {method} index cannot be unique", "leave `method` out, or `unique`"
    if index.include and not method.can_include:
        remedy = "leave `method` out, or `include`"
        yield ("include",), f"a {method} index can include no other columns", remedy


def _types(index: IndexSpec, types: dict[str, str]) -> Iterator[tuple[KeyPath, str, str]]:
    """Of silver, whose types the spec says."""
    for at, column in enumerate(index.columns):
        kind = _kind(types.get(column, ""))
        if not kind:
            continue
        where: KeyPath = ("columns", at)
        is_collection = kind in ("json", "array")
        if index.method is IndexMethod.GIN and not is_collection:
            yield (
                where,
                f"a gin index finds what is in arrays and JSON, and {column} is {types[column]}",
                "leave `method` out: a btree serves comparisons",
            )
        elif index.method is IndexMethod.GIST:
            yield (
                where,
                f"a gist index is for ranges and points, and {column} is {types[column]}",
                "leave `method` out: a btree serves comparisons",
            )
        elif kind in _WITHOUT_ORDER and index.method is not IndexMethod.GIN:
            yield (
                where,
                f"{column} is JSON, and a {index.method} index finds whole documents alone",
                f"`{{columns: [{column}], method: gin}}` finds what is in it",
            )


def _kind(text: str) -> str:
    try:
        parsed = parse_type(text)
    except ValueError:  # which has a rule of its own
        return ""
    return "array" if parsed.array else parsed.scalar.name


def _tables(context: RuleContext) -> Iterator[_Table]:
    """Those that have an index or an order: few do, and three rules ask."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        if not silver.indexes and not silver.cluster_by:
            continue
        known = table_columns(silver.columns)
        yield _Table(
            name=name,
            where=("datasets", name, "silver"),
            table=TableName(f"{Layer.SILVER}_{context.dag_id.domain}", name),
            indexes=silver.indexes,
            cluster_by=silver.cluster_by,
            columns=tuple(known),
            types={column: declared.type for column, declared in known.items()},
            keeps_history=silver.write_disposition.keeps_history,
        )
    for name, gold in context.spec.gold.items():
        if not gold.indexes and not gold.cluster_by:
            continue
        table = TableName(f"{Layer.GOLD}_{context.dag_id.domain}", name)
        yield _Table(
            name=name,
            where=("gold", name),
            table=table,
            indexes=gold.indexes,
            cluster_by=gold.cluster_by,
            columns=certain_names(context.columns.read(table)) if name in context.queries else None,
            types={},
            keeps_history=False,
        )
