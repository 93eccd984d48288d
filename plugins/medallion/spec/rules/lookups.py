"""Rules on look-ups: their dataset, their columns, and cycles among them."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.cleaning.declared.columns import LookupSpec
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.cycles import cycles


def _lookups(context: RuleContext) -> Iterator[tuple[KeyPath, str, LookupSpec]]:
    for name, dataset in context.spec.datasets.items():
        for column, declared in dataset.silver.columns.items():
            if declared.lookup is not None:
                where = ("datasets", name, "silver", "columns", column, "lookup")
                yield where, name, declared.lookup


def lookup_dataset(context: RuleContext) -> Iterator[Finding]:
    """A look-up reads a dataset of the same spec."""
    datasets = context.spec.datasets
    for where, _, lookup in _lookups(context):
        if lookup.dataset not in datasets and lookup.dataset not in context.lost:
            yield Finding(
                where=(*where, "dataset"),
                problem=f"there is no dataset {lookup.dataset} in this spec",
                remedy=did_you_mean(lookup.dataset, datasets),
            )


def lookup_column(context: RuleContext) -> Iterator[Finding]:
    """The key and the value of a look-up are columns of the dataset that is looked into."""
    for where, _, lookup in _lookups(context):
        dataset = context.spec.datasets.get(lookup.dataset)
        if dataset is None:
            continue
        for key, column in (("key", lookup.key), ("value", lookup.value)):
            if column not in dataset.silver.columns:
                yield Finding(
                    where=(*where, key),
                    problem=f"{column} is not a column of {lookup.dataset}",
                    remedy=did_you_mean(column, dataset.silver.columns),
                )


def lookup_cycle(context: RuleContext) -> Iterator[Finding]:
    """Datasets that look into one another in a circle would each wait for the other."""
    edges: dict[str, set[str]] = {}
    places: dict[tuple[str, str], KeyPath] = {}
    for where, name, lookup in _lookups(context):
        edges.setdefault(name, set()).add(lookup.dataset)
        places.setdefault((name, lookup.dataset), where)
    for cycle in cycles(edges):
        path = " → ".join((*cycle, cycle[0]))
        problem = f"look-ups go round in a circle: {path}"
        if len(cycle) == 1:
            problem = f"{cycle[0]} looks into itself, before it is published"
        yield Finding(
            where=(*places[cycle[-1], cycle[0]], "dataset"),
            problem=problem,
            remedy="join them in a gold table instead",
        )
