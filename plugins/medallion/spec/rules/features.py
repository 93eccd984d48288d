"""Rules on gold tables that are feature views."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import GoldSpec
from medallion.spec.rules.bi_datasets import Dataset, datasets_of
from medallion.spec.rules.context import RuleContext
from medallion.spec.sql.protected_columns import (
    ProtectedColumns,
    find_protected_in_silver,
    outlines_by_text,
)
from medallion.spec.sql.table_columns import gold_queries


def feature_view(context: RuleContext) -> Iterator[Finding]:
    """A feature view has `entity` and `event_time`: columns of its SELECT that hold nothing that
    is protected. `ttl` says how long its rows hold.
    """
    if not any(gold.declares_features() for gold in context.spec.gold.values()):
        return
    domain = context.dag_id.domain
    silver = find_protected_in_silver(context.spec, domain)
    outlines = outlines_by_text(gold_queries(context.queries, domain))
    protected = ProtectedColumns(silver, outlines, context.columns)
    for dataset in datasets_of(context.spec, domain, context.columns, protected, context.lost):
        if dataset.gold.declares_features():
            yield from _of_view(("gold", dataset.table.table), dataset)


def _of_view(where: KeyPath, dataset: Dataset) -> Iterator[Finding]:
    gold = dataset.gold
    for key in _missing(gold):
        yield Finding(
            where=where,
            problem=f"a feature view needs `{key}`",
            remedy="`entity: [customer_id]` says whose features they are, and "
            "`event_time: computed_at` since when a row holds",
        )
    named = [((*where, "entity", at), column) for at, column in enumerate(gold.entity)]
    if gold.event_time:
        named.append(((*where, "event_time"), gold.event_time))
        if gold.event_time in gold.entity:
            yield Finding(
                where=(*where, "event_time"),
                problem=f"{gold.event_time} is part of the entity",
                remedy="a row's time does not say whose features it has: take it out of `entity`",
            )
    for place, column in named:
        if not dataset.columns.may_have(column):
            yield Finding(
                where=place,
                problem=f"the SELECT gives no column {column}",
                remedy=did_you_mean(column, dataset.columns.names) or "name one that it gives",
            )
        elif column in dataset.protected:
            yield dataset.protects(place, column)


def _missing(gold: GoldSpec) -> Iterator[str]:
    if not gold.entity:
        yield "entity"
    if gold.event_time is None:
        yield "event_time"
