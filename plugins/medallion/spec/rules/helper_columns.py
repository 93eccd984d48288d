"""Rules on columns that are read for others, and are not in silver."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import DatasetSpec
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.expressions import columns_read

_NOT_THERE = "it is a helper, which is not in the table"


def helper_column(context: RuleContext) -> Iterator[Finding]:
    """A helper is read by an expression or the filter; no key, order or look-up is made of it."""
    for name, dataset in context.spec.datasets.items():
        columns = dataset.silver.columns
        helpers = {column for column, spec in columns.items() if spec.helper}
        if not helpers:
            continue
        where: KeyPath = ("datasets", name, "silver")
        read = _find_read(context, dataset)
        for column in sorted(helpers - read):
            yield Finding(
                where=(*where, "columns", column, "helper"),
                on_key=True,
                problem=f"no expression and no filter reads {column}, and it is not in silver",
                remedy="remove the column, or `helper`",
            )
        yield from _check_uses(where, dataset, helpers)
    yield from _check_lookups(context)


def _find_read(context: RuleContext, dataset: DatasetSpec) -> set[str]:
    """The columns that expressions and the filter read; all where one of them is wrong itself."""
    silver = dataset.silver
    texts = [spec.expression for spec in silver.columns.values() if spec.expression is not None]
    texts += [silver.filter] if silver.filter is not None else []
    found: set[str] = set()
    for text in texts:
        read = columns_read(context, dataset, text)
        if not read:
            return set(silver.columns)
        found.update(read)
    return found


def _check_uses(where: KeyPath, dataset: DatasetSpec, helpers: set[str]) -> Iterator[Finding]:
    silver = dataset.silver
    places = {(*where, "primary_key", at): column for at, column in enumerate(silver.primary_key)}
    terms = silver.deduplicate.terms if silver.deduplicate else ()
    places |= {
        (*where, "deduplicate", "order_by", at): column for at, (column, _) in enumerate(terms)
    }
    for place, column in places.items():
        if column in helpers:
            yield Finding(
                where=place,
                problem=f"{column}: {_NOT_THERE}",
                remedy="name another column, or remove its `helper`",
            )


def _check_lookups(context: RuleContext) -> Iterator[Finding]:
    datasets = context.spec.datasets
    for name, dataset in datasets.items():
        for column, spec in dataset.silver.columns.items():
            other = datasets.get(spec.lookup.dataset) if spec.lookup else None
            if spec.lookup is None or other is None:
                continue
            for key, wanted in (("key", spec.lookup.key), ("value", spec.lookup.value)):
                found = other.silver.columns.get(wanted)
                if found is not None and found.helper:
                    yield Finding(
                        where=("datasets", name, "silver", "columns", column, "lookup", key),
                        problem=f"{spec.lookup.dataset}.{wanted}: {_NOT_THERE}",
                        remedy="name another column, or remove its `helper`",
                    )
