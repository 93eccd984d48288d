"""The rule on sources of type `delta`."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.sources.delta.source import DeltaSource
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext


def delta_source(context: RuleContext) -> Iterator[Finding]:
    """A Delta table is in a folder of a lake or of the project, and one version of it is read, or
    its change data feed."""
    for name, dataset in context.spec.datasets.items():
        if not isinstance(dataset.source, DeltaSource):
            continue
        for found in dataset.source.find_problems():
            yield Finding(
                where=("datasets", name, "source", found.key),
                problem=found.problem,
                remedy=found.remedy,
            )
