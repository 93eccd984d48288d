"""Retention for each table of a spec: the spec's value, else the domain's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from medallion.names import DagId, Layer, PublishedTable
from medallion.plan.lake_tables import lake_targets_of
from medallion.plan.model import LakeTarget
from medallion.publish.partitions import Partitions
from medallion.spec.models.keeping import days
from medallion.spec.models.partitions import PartitionSpec
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """One table's retention; None: the spec does not say. Gold has no bronze.

    `is_stream`: what is in its quarantine is not sent again.
    """

    table: PublishedTable
    bronze: timedelta | None
    readers: tuple[str, ...]
    quarantine: timedelta | None
    keep_versions: int
    is_stream: bool = False
    partitions: Partitions | None = None
    lake_targets: tuple[LakeTarget, ...] = ()


def keepings(dag_id: DagId, spec: PipelineSpec, domain: DomainSpec) -> Iterator[Keeping]:
    """The retention of every dataset and gold table."""
    for name, dataset in spec.datasets.items():
        yield Keeping(
            table=PublishedTable(layer=Layer.SILVER, domain=dag_id.domain, name=name),
            bronze=_age(dataset.bronze.retention, domain.bronze.retention),
            readers=dataset.bronze.readers or domain.bronze.readers,
            quarantine=_age(dataset.quarantine.retention, domain.quarantine.retention),
            keep_versions=dataset.silver.keep_versions,
            is_stream=bool(dataset.source.reads_stream()),
            partitions=_partitions(dataset.silver.partition_by),
            lake_targets=lake_targets_of(dataset.silver.publish_to),
        )
    for name, gold in spec.gold.items():
        yield Keeping(
            table=PublishedTable(layer=Layer.GOLD, domain=dag_id.domain, name=name),
            bronze=None,
            readers=(),
            quarantine=_age(gold.quarantine.retention, domain.quarantine.retention),
            keep_versions=gold.keep_versions,
            partitions=_partitions(gold.partition_by),
            lake_targets=lake_targets_of(gold.publish_to),
        )


def _partitions(said: PartitionSpec | None) -> Partitions | None:
    return said.to_partitions() if said else None


def _age(own: str | None, shared: str | None) -> timedelta | None:
    said = own or shared
    return days(said) if said else None
