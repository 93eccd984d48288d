"""Which stretches of time a large table is kept in, as the YAML says it."""

from __future__ import annotations

from medallion.model import SpecModel
from medallion.names import ColumnName
from medallion.publish.partitions import PartitionGrain, Partitions
from medallion.spec.models.keeping import Days, days


class PartitionSpec(SpecModel):
    """Keeps each day, week, month or year of a table in a table of its own: a query with a
    condition on the time reads only those that it needs, and old ones are dropped in a moment."""

    column: ColumnName
    """The column that says when a row belongs: a date or a time, never empty."""
    by: PartitionGrain = "month"
    """How long a partition is, in UTC: some tens or hundreds of them in all are a good number."""
    retention: Days | None = None
    """The DAG `medallion.maintenance` drops a partition when its end is longer ago than this: 730d.
    Left out, all stay."""

    def to_partitions(self) -> Partitions:
        """As the steps have it."""
        return Partitions(
            column=self.column,
            grain=self.by,
            retention=days(self.retention) if self.retention else None,
        )
