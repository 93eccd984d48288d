"""Rules on how long bronze and quarantine are kept."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.keeping import days
from medallion.spec.rules.context import RuleContext


def quarantine_within_bronze(context: RuleContext) -> Iterator[Finding]:
    """A row is not kept longer in quarantine than its landing: it goes with that, and could not be
    replayed without it.
    """
    for name, dataset in context.spec.datasets.items():
        bronze = dataset.bronze.retention or context.domain.bronze.retention
        quarantine = dataset.quarantine.retention or context.domain.quarantine.retention
        if not bronze or not quarantine or days(quarantine) <= days(bronze):
            continue
        where: KeyPath = ("datasets", name)
        if dataset.quarantine.retention:
            where = (*where, "quarantine", "retention")
        elif dataset.bronze.retention:
            where = (*where, "bronze", "retention")
        yield Finding(
            where=where,
            problem=f"quarantine is kept {quarantine}, and bronze only {bronze}: a row in "
            "quarantine goes with its landing",
            remedy=f"keep bronze {quarantine}, or quarantine {bronze} (domain.yaml may say either)",
        )
