"""The run that a step, a landing or a publication belongs to: one value for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from medallion import names
from medallion.schedules.clock import UTC_NAME, zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a DAG, its half-open data interval (aware, in UTC), and the digest of its spec.

    >>> from datetime import UTC
    >>> day = datetime(2026, 1, 1, tzinfo=UTC)
    >>> Run(dag_id="cinema.films", run_id="r1", interval_start=day, interval_end=day).key
    'af9941be12'
    """

    dag_id: str
    run_id: str
    interval_start: datetime
    interval_end: datetime
    spec_digest: str = ""
    """Empty where no spec has been read for it yet."""
    timezone: str = UTC_NAME
    """The pipeline's: its days are days of this zone."""

    @property
    def key(self) -> str:
        """The run's short name in staging tables and landing folders: 10 hex digits."""
        return names.run_key(self.dag_id, self.run_id)

    def local_interval(self) -> tuple[datetime, datetime]:
        """The interval in the pipeline's zone: the same moments, with the days that people mean.
        Reckon with them in UTC, for Python forgets the zone between two times of the same one."""
        zone = zone_of(self.timezone)
        return self.interval_start.astimezone(zone), self.interval_end.astimezone(zone)

    def ids(self) -> dict[str, object]:
        """As the registry's columns have it: `dag_id` and `run_id`."""
        return {"dag_id": self.dag_id, "run_id": self.run_id}
