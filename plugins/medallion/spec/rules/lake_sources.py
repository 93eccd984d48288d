"""The rules on tables of a lake as sources."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.sources.delta.source import DeltaSource
from medallion.sources.iceberg.source import IcebergSource
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext


def delta_source(context: RuleContext) -> Iterator[Finding]:
    """A Delta table is in a folder of a lake or of the project, and one version of it is read, or
    its change data feed."""
    yield from _find_of(context, DeltaSource)


def iceberg_source(context: RuleContext) -> Iterator[Finding]:
    """An Iceberg table is in a folder of a lake or of the project, a catalogue knows it by its
    whole name, and one snapshot of it is read, or what was appended."""
    yield from _find_of(context, IcebergSource)


def _find_of(
    context: RuleContext, kind: type[DeltaSource] | type[IcebergSource]
) -> Iterator[Finding]:
    for name, dataset in context.spec.datasets.items():
        if not isinstance(dataset.source, kind):
            continue
        for found in dataset.source.find_problems():
            yield Finding(
                where=("datasets", name, "source", found.key),
                problem=found.problem,
                remedy=found.remedy,
            )
