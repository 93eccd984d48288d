"""Rules on columns that are computed, on filters, and on which of several rows stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from medallion.cleaning.declared.types import parse_type
from medallion.cleaning.duckdb.result_types import fits
from medallion.spec.cache.engine import ask_once
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.findings.progress import reading
from medallion.spec.models.pipeline import DatasetSpec
from medallion.spec.rules.columns import columns_of
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.cycles import cycles

_OF_A_FIELD = (
    *("from_", "optional", "clean", "null_values", "delimiter", "format", "timezone", "lookup"),
    "scale",
)


def expression(context: RuleContext) -> Iterator[Finding]:
    """An expression is one of SQL over the row's columns, without a query or a clock in it."""
    for name, dataset in context.spec.datasets.items():
        types = _types(dataset)
        for column, declared in dataset.silver.columns.items():
            if declared.expression is None or column not in types:
                continue
            where = ("datasets", name, "silver", "columns", column, "expression")
            reading(*where)
            answer = _answer(context, declared.expression, types)
            yield from _check_answer(where, answer)
            if "type" in answer and not fits(answer["type"], parse_type(declared.type)):
                yield Finding(
                    where=where,
                    problem=f"it gives {answer['type'].lower()}, and the column is {declared.type}",
                    remedy=f"write CAST(… AS {declared.type.removesuffix('[]')})",
                )


def filter_rows(context: RuleContext) -> Iterator[Finding]:
    """A filter is an expression that is true or false of a row."""
    for name, dataset in context.spec.datasets.items():
        text = dataset.silver.filter
        if text is None:
            continue
        where = ("datasets", name, "silver", "filter")
        reading(*where)
        answer = _answer(context, text, _types(dataset))
        yield from _check_answer(where, answer)
        if "type" in answer and answer["type"] != "BOOLEAN":
            yield Finding(
                where=where,
                problem=f"it gives {answer['type'].lower()}, not true or false",
                remedy="compare: status = 'paid'",
            )


def computed_column(context: RuleContext) -> Iterator[Finding]:
    """A column with an expression comes from other columns: no field of the record is read."""
    for where, column in columns_of(context):
        if column.expression is None:
            continue
        for field in _OF_A_FIELD:
            if field in column.model_fields_set:
                key = field.rstrip("_")
                yield Finding(
                    where=(*where, key),
                    on_key=True,
                    problem=f"{key} is for a column that is read from the record, and this one has "
                    "an expression",
                    remedy="remove one of the two; the expression can read a column of its own",
                )


def expression_cycle(context: RuleContext) -> Iterator[Finding]:
    """No column is computed from one that is computed from it."""
    for name, dataset in context.spec.datasets.items():
        edges = {
            column: columns_read(context, dataset, declared.expression)
            for column, declared in dataset.silver.columns.items()
            if declared.expression is not None
        }
        for cycle in cycles(edges):
            path = " → ".join((*cycle, cycle[0]))
            alone = len(cycle) == 1
            yield Finding(
                where=("datasets", name, "silver", "columns", cycle[0], "expression"),
                problem=f"{cycle[0]} is computed from itself"
                if alone
                else f"columns are computed from one another in a circle: {path}",
                remedy="write `from:` for the record's field, or read that as another column"
                if alone
                else "compute one of them from columns that are read",
            )


def deduplicate_order(context: RuleContext) -> Iterator[Finding]:
    """A primary key says which rows are the same; `order_by` columns say which of them stays."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        if silver.deduplicate is None:
            continue
        where: KeyPath = ("datasets", name, "silver", "deduplicate")
        if not silver.primary_key:
            yield Finding(
                where=where,
                on_key=True,
                problem="without a primary key no row is the same as another",
                remedy="add `primary_key: [column]`",
            )
        for at, (column, _) in enumerate(silver.deduplicate.terms):
            if column not in silver.columns:
                yield Finding(
                    where=(*where, "order_by", at),
                    problem=f"{column} is not a column of {name}",
                    remedy=did_you_mean(column, silver.columns),
                )


def columns_read(context: RuleContext, dataset: DatasetSpec, text: str) -> list[str]:
    """The columns that an expression reads; none if the expression itself is wrong."""
    return _answer(context, text, _types(dataset)).get("columns", "").split()


def _types(dataset: DatasetSpec) -> Mapping[str, str]:
    """DuckDB's type of each column that an expression can read: a custom step comes later."""
    types: dict[str, str] = {}
    transform = dataset.silver.transform
    for name, column in dataset.silver.columns.items():
        if transform is not None and name in transform.adds:
            continue
        try:
            types[name] = parse_type(column.type).duckdb
        except ValueError:
            continue
    return types


def _answer(context: RuleContext, text: str, types: Mapping[str, str]) -> Mapping[str, str]:
    def ask() -> dict[str, str]:
        from medallion.cleaning.duckdb.probe import expression_answer

        return expression_answer(text, dict(types))

    return ask_once(context.root, ["expression", text, dict(types)], ask)


def _check_answer(where: KeyPath, answer: Mapping[str, str]) -> Iterator[Finding]:
    if "problem" in answer:
        yield Finding(where=where, problem=answer["problem"], remedy=answer.get("remedy", ""))
