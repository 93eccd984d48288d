"""Rules on personal data: what may be protected how, and no second way into silver."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.cleaning.declared.classification import (
    OF_TEXTS,
    Protect,
    find_protected_fields,
    identifying_columns,
    is_dropped,
    is_masked_on_read,
    is_protected,
    overlaps,
)
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.contract import NewColumns
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import DatasetSpec
from medallion.spec.rules.columns import columns_of
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.expressions import columns_read
from medallion.spec.rules.tables import why_not_reader

IDENTIFYING_TYPES = ("text", "bigint", "integer", "smallint", "uuid")
_SAY = "give it a classification of its own; `protect: none` says that it is meant to be in clear"


def protected_type(context: RuleContext) -> Iterator[Finding]:
    """What is hashed, masked or redacted is a text, and stays one."""
    for where, column in columns_of(context):
        found = column.classification
        if found is None:
            continue
        place = (*where, "classification")
        is_text = column.type.removesuffix("[]") == "text"
        if found.protect in OF_TEXTS and not is_text and not is_masked_on_read(column):
            yield Finding(
                where=(*place, "protect"),
                problem=f"{found.protect} makes a text, and this is {column.type}",
                remedy="write `type: text`, or drop it and compute what may be known of it",
            )
        if "keep_last" in found.model_fields_set and found.protect is not Protect.MASK:
            yield Finding(
                where=(*place, "keep_last"),
                problem=f"keep_last is for mask, and this is {found.protect}",
                remedy="remove it",
            )


def masked_on_read(context: RuleContext) -> Iterator[Finding]:
    """Who reads a masked column in clear is a role of PostgreSQL, as in `grants`."""
    for where, column in columns_of(context):
        found = column.classification
        if found is None or not found.unmasked_for:
            continue
        place = (*where, "classification", "unmasked_for")
        if found.protect is not Protect.MASK:
            yield Finding(
                where=place,
                problem=f"unmasked_for is for mask, and this is {found.protect}",
                remedy="write `protect: mask`; a second column of the same field may be hashed",
            )
        for at, role in enumerate(found.unmasked_for):
            if why := why_not_reader(role):
                yield Finding(where=(*place, at), problem=why[0], remedy=why[1])
            elif role in found.unmasked_for[:at]:
                yield Finding(where=(*place, at), problem=f"{role} is listed here twice")


def protected_key(context: RuleContext) -> Iterator[Finding]:
    """Rows are distinguished and ordered by what the table holds: masked keys are all alike."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        for at, column in enumerate(silver.primary_key):
            spec = silver.columns.get(column)
            if spec is not None and is_protected(spec) and not _is_hashed(spec):
                yield Finding(
                    where=("datasets", name, "silver", "primary_key", at),
                    problem=f"{column} is protected by {_protect(spec)}: different values would "
                    "be one key",
                    remedy="protect it by hash, which keeps different values apart",
                )
        for at, (column, _) in enumerate(silver.deduplicate.terms if silver.deduplicate else ()):
            spec = silver.columns.get(column)
            if spec is not None and is_protected(spec):
                yield Finding(
                    where=("datasets", name, "silver", "deduplicate", "order_by", at),
                    problem=f"{column} is protected by {_protect(spec)}, so rows cannot be in its "
                    "order",
                    remedy="order by another column",
                )


def protected_lookup(context: RuleContext) -> Iterator[Finding]:
    """A look-up compares clear texts with what the other table holds: no protected key is found."""
    for where, column in columns_of(context):
        lookup = column.lookup
        other = context.spec.datasets.get(lookup.dataset) if lookup else None
        if lookup is None or other is None:
            continue
        key = other.silver.columns.get(lookup.key)
        if key is not None and is_protected(key):
            yield Finding(
                where=(*where, "lookup", "key"),
                problem=f"{lookup.dataset}.{lookup.key} is protected by {_protect(key)}: no clear "
                "text is found there",
                remedy="look up by another key, or join in gold, where equal hashes are equal",
            )
        value = other.silver.columns.get(lookup.value)
        if value is not None and is_dropped(value):
            yield Finding(
                where=(*where, "lookup", "value"),
                problem=f"{lookup.dataset}.{lookup.value} is dropped: it is not in the table",
                remedy="take another column",
            )


def personal_copy(context: RuleContext) -> Iterator[Finding]:
    """What one column protects does not get into silver by another one, unless the spec says so."""
    for name, dataset in context.spec.datasets.items():
        columns = dataset.silver.columns
        fields = find_protected_fields(columns)
        for column, spec in columns.items():
            where: KeyPath = ("datasets", name, "silver", "columns", column)
            adds = dataset.silver.transform.adds if dataset.silver.transform else ()
            if spec.classification is not None or column in adds:
                continue
            if spec.expression is not None:
                yield from _check_computed(context, dataset, where, spec)
            elif read := [field for field in spec.reads(column) if overlaps(field, fields)]:
                yield Finding(
                    where=where,
                    on_key=True,
                    problem=f"{column} reads {read[0]}, which another column protects",
                    remedy=_SAY,
                )


def evolve_without_personal_data(context: RuleContext) -> Iterator[Finding]:
    """`evolve` publishes fields that nobody has looked at: not beside personal data."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        if silver.schema_contract.columns is not NewColumns.EVOLVE:
            continue
        protected = [c for c, spec in silver.columns.items() if is_protected(spec)]
        if protected:
            yield Finding(
                where=("datasets", name, "silver", "schema_contract", "columns"),
                problem=f"{protected[0]} is personal data: a field that comes with it may be too, "
                "and evolve would publish it in clear",
                remedy="use freeze, and declare a column for each new field",
            )


def identifying_column(context: RuleContext) -> Iterator[Finding]:
    """People are found by what silver holds and each landed record has: not by what is hidden, or
    made on the way.
    """
    for name, dataset in context.spec.datasets.items():
        columns = dataset.silver.columns
        adds = dataset.silver.transform.adds if dataset.silver.transform else ()
        for column, spec in identifying_columns(columns).items():
            where = ("datasets", name, "silver", "columns", column, "classification", "identifies")
            if found := _why_not_identifying(spec, column in adds):
                yield Finding(where=where, problem=found[0], remedy=found[1])
            elif dataset.source.unpivots() is not None:
                yield Finding(
                    where=where,
                    problem="the source is unpivoted: a record becomes several rows",
                    remedy="identify people in a dataset that is not",
                )


def _why_not_identifying(spec: ColumnSpec, is_added: bool) -> tuple[str, str] | None:
    """(problem, remedy) of a column that nobody can be found by."""
    is_hidden = _protect(spec) not in (Protect.HASH, Protect.NONE) and not is_masked_on_read(spec)
    if is_hidden or spec.helper:
        return (
            "nobody is found by a column that silver does not hold as it is",
            "protect it by hash or none; a second column of the same field may be masked",
        )
    if spec.type not in IDENTIFYING_TYPES:
        return (f"{spec.type} does not tell people apart", f"use {', '.join(IDENTIFYING_TYPES)}")
    if spec.expression is not None or spec.lookup is not None or is_added:
        return (
            "the column is computed: no landed record has it",
            "identify people by a column that is read from a field",
        )
    return None


def _check_computed(
    context: RuleContext, dataset: DatasetSpec, where: KeyPath, spec: ColumnSpec
) -> Iterator[Finding]:
    columns = dataset.silver.columns
    read = columns_read(context, dataset, spec.expression or "")
    personal = sorted(n for n in read if n in columns and is_protected(columns[n]))
    if personal:
        yield Finding(
            where=(*where, "expression"),
            problem=f"it reads {', '.join(personal)} in clear, which silver does not hold",
            remedy=_SAY,
        )


def _is_hashed(spec: ColumnSpec) -> bool:
    return _protect(spec) == Protect.HASH


def _protect(spec: ColumnSpec) -> str:
    return spec.classification.protect if spec.classification else ""
