"""Rules on primary keys, and on what write dispositions need of them."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.cleaning.declared.types import parse_type
from medallion.publish.declaration import MissingKeys
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.rules.context import RuleContext


def primary_key_column(context: RuleContext) -> Iterator[Finding]:
    """A primary key is made of columns that the table has, each named once."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        for at, column in enumerate(silver.primary_key):
            where = ("datasets", name, "silver", "primary_key", at)
            if column not in silver.columns:
                yield Finding(
                    where=where,
                    problem=f"{column} is not a column of {name}",
                    remedy=did_you_mean(column, silver.columns),
                )
            elif column in silver.primary_key[:at]:
                yield Finding(where=where, problem=f"{column} is in the key twice")


def primary_key_not_nullable(context: RuleContext) -> Iterator[Finding]:
    """A row without its key cannot be distinguished from another: key columns are not nullable."""
    for name, dataset in context.spec.datasets.items():
        columns = dataset.silver.columns
        for column in dataset.silver.primary_key:
            if column in columns and columns[column].nullable:
                yield Finding(
                    where=("datasets", name, "silver", "columns", column, "nullable"),
                    problem=f"{column} is in the primary key and cannot be nullable",
                    remedy="remove nullable: a row without a key goes to quarantine",
                )


def merge_needs_primary_key(context: RuleContext) -> Iterator[Finding]:
    """`write_disposition: merge` and `scd2` find rows by their key, so there must be one."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        if silver.write_disposition.needs_key and not silver.primary_key:
            yield Finding(
                where=("datasets", name, "silver", "write_disposition"),
                problem=f"{silver.write_disposition} needs a primary key to find the rows that it "
                "updates",
                remedy="add `primary_key: [column]` beside it, or use replace",
            )


def missing_keys_of_merge(context: RuleContext) -> Iterator[Finding]:
    """`missing_keys` is for `merge`: the others bring all rows again, or none but new ones."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        if silver.missing_keys is MissingKeys.KEEP:
            continue
        if why := silver.write_disposition.why_no_missing_keys:
            yield Finding(
                where=("datasets", name, "silver", "missing_keys"),
                problem=f"{silver.write_disposition} has no use for it: {why}",
                remedy="remove it, or use `write_disposition: merge`",
            )


def deleted_when_column(context: RuleContext) -> Iterator[Finding]:
    """`deleted_when` names a boolean column of a merged table, by which rows delete their key."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        column = silver.deleted_when
        if column is None:
            continue
        where = ("datasets", name, "silver", "deleted_when")
        if not silver.write_disposition.deletes_by_row:
            yield Finding(
                where=where,
                problem=f"{silver.write_disposition} finds no rows to delete by their key",
                remedy="remove it, or use `write_disposition: merge`",
            )
        elif silver.missing_keys is not MissingKeys.KEEP:
            yield Finding(
                where=where,
                problem="`missing_keys` deletes already what an extract lacks",
                remedy="keep one of the two",
            )
        elif column not in silver.columns:
            yield Finding(
                where=where,
                problem=f"{column} is not a column of {name}",
                remedy=did_you_mean(column, silver.columns),
            )
        elif not _is_boolean(silver.columns[column].type):
            yield Finding(
                where=where,
                problem=f"{column} is not true or false: its type is {silver.columns[column].type}",
                remedy="name a column of type boolean, such as `is_deleted: {type: boolean, "
                "expression: \"operation = 'delete'\"}`",
            )


def _is_boolean(written: str) -> bool:
    try:
        return parse_type(written).postgres == "boolean"
    except ValueError:
        return True  # another rule says what is wrong with it
