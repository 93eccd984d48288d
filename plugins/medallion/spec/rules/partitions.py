"""Rules on tables that are partitioned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.types import parse_type
from medallion.names import Layer, TableName
from medallion.publish.disposition import WriteDisposition
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.indexes import IndexSpec
from medallion.spec.models.partitions import PartitionSpec
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.gold_columns import certain_names

_TIMES = frozenset(("date", "timestamp", "timestamptz"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table that is partitioned; `columns` is None where they are not known."""

    name: str
    where: KeyPath
    said: PartitionSpec
    columns: Sequence[str] | None
    primary_key: Sequence[str]
    indexes: Sequence[IndexSpec]
    disposition: WriteDisposition
    remedy: str


def partition_disposition(context: RuleContext) -> Iterator[Finding]:
    """Only a table to which each run adds a stretch of time is partitioned: one that is written
    whole, or whose rows are found by their key, gains nothing by it."""
    for one in _tables(context):
        if not one.disposition.can_be_partitioned:
            yield Finding(
                where=one.where,
                on_key=True,
                problem=f"{one.name} is written by {one.disposition}, and only a table that grows "
                "by time is partitioned",
                remedy=one.remedy,
            )


def partition_column(context: RuleContext) -> Iterator[Finding]:
    """A table is partitioned by a date or a time that each of its rows has."""
    for one in _tables(context):
        if one.columns is not None and one.said.column not in one.columns:
            yield Finding(
                where=(*one.where, "column"),
                problem=f"{one.said.column} is not a column of {one.name}",
                remedy=did_you_mean(one.said.column, one.columns),
            )
    for name, dataset in context.spec.datasets.items():
        said, columns = dataset.silver.partition_by, table_columns(dataset.silver.columns)
        declared = columns.get(said.column) if said else None
        if said is None or declared is None:
            continue
        place: KeyPath = ("datasets", name, "silver")
        if _type(declared.type) not in (*_TIMES, ""):
            yield Finding(
                where=(*place, "partition_by", "column"),
                problem=f"{said.column} is {declared.type}: a table is partitioned by time",
                remedy="name a column that is a date or a timestamp",
            )
        elif declared.nullable:
            yield Finding(
                where=(*place, "columns", said.column, "nullable"),
                problem=f"{name} is partitioned by {said.column}, which then cannot be empty",
                remedy="remove nullable: a row without it goes to quarantine",
            )


def partition_key(context: RuleContext) -> Iterator[Finding]:
    """The primary key of a partitioned table, and each unique index, has the column of its
    partitions: PostgreSQL holds each partition by itself to it."""
    for one in _tables(context):
        for at, index in enumerate(one.indexes):
            if index.unique and one.said.column not in index.columns:
                yield Finding(
                    where=(*one.where[:-1], "indexes", at, "unique"),
                    problem=f"a unique index lacks {one.said.column}, by which {one.name} is "
                    "partitioned: two partitions could have the same values",
                    remedy=f"add the column, or have a check say it: `unique: {{columns: "
                    f"[{', '.join(index.columns)}]}}`",
                )
        if one.primary_key and one.said.column not in one.primary_key:
            yield Finding(
                where=(*one.where[:-1], "primary_key"),
                problem=f"the key of {one.name} lacks {one.said.column}, by which it is "
                "partitioned: two partitions could have the same key",
                remedy=f"add it: `primary_key: [{', '.join((*one.primary_key, one.said.column))}]`",
            )


def _type(text: str) -> str:
    try:
        parsed = parse_type(text)
    except ValueError:  # which has a rule of its own
        return ""
    return text if parsed.array else parsed.scalar.name


def _tables(context: RuleContext) -> Iterator[_Table]:
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        if silver.partition_by is not None:
            yield _Table(
                name=name,
                where=("datasets", name, "silver", "partition_by"),
                said=silver.partition_by,
                columns=tuple(table_columns(silver.columns)),
                primary_key=silver.primary_key,
                indexes=silver.indexes,
                disposition=silver.write_disposition,
                remedy="remove it, or use `write_disposition: append`",
            )
    for name, gold in context.spec.gold.items():
        if gold.partition_by is not None:
            table = TableName(f"{Layer.GOLD}_{context.dag_id.domain}", name)
            known = certain_names(context.columns.read(table)) if name in context.queries else None
            yield _Table(
                name=name,
                where=("gold", name, "partition_by"),
                said=gold.partition_by,
                columns=known,
                primary_key=gold.primary_key,
                indexes=gold.indexes,
                disposition=gold.disposition(),
                remedy="remove it, or have `materialization: incremental` by time",
            )
