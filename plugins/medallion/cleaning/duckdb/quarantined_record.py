"""What quarantine does not store: the protected fields of the records that it keeps.

Of a dataset with protected columns it keeps only the fields that the spec names, with a placeholder
for the protected ones: a field that no column reads could be personal too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

from medallion.cleaning.declared.classification import (
    WITHHELD,
    find_protected_fields,
    is_protected,
    overlaps,
)
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.json_numbers import restore_number
from medallion.cleaning.duckdb.reading import Column


def find_hidden_fields(columns: Iterable[Column]) -> frozenset[str]:
    """The record's fields that protected columns read."""
    return find_protected_fields({column.name: column.spec for column in columns})


def is_hidden(column: Column, hidden: frozenset[str]) -> bool:
    """Whether a reason may not quote the column's text, because it is, or contains, a protected
    field."""
    if is_protected(column.spec):
        return True
    if column.spec.scale is not None and overlaps(column.spec.scale.from_, hidden):
        return True
    computed = column.spec.expression is not None
    return not computed and any(overlaps(field, hidden) for field in column.fields)


def build_record(
    columns: Iterable[Column], field_of: Callable[[str], exp.Expr], hidden: frozenset[str]
) -> exp.Expr:
    """The record as a JSON text of the fields that the spec names, protected ones replaced by
    WITHHELD."""
    fields = dict.fromkeys(field for column in columns for field in column.fields)
    pairs: list[exp.Expr | str] = []
    for field in fields:
        value = field_of(field)
        if overlaps(field, hidden):
            # Whether it was set is not a secret, and often the reason.
            missing = value.is_(exp.null())
            value = exp.Case().when(missing, exp.null()).else_(exp.Literal.string(WITHHELD))
        pairs += [field, value]
    return restore_number(exp.cast(call("json_object", *pairs), "text"))
