"""The rule on sources of type `iceberg`."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.sources.iceberg.source import IcebergSource
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext


def iceberg_source(context: RuleContext) -> Iterator[Finding]:
    """An Iceberg table is in a folder of a lake or of the project, a catalogue knows it by its
    whole name, and one snapshot of it is read, or what was appended."""
    for name, dataset in context.spec.datasets.items():
        if not isinstance(dataset.source, IcebergSource):
            continue
        for found in dataset.source.find_problems():
            yield Finding(
                where=("datasets", name, "source", found.key),
                problem=found.problem,
                remedy=found.remedy,
            )
