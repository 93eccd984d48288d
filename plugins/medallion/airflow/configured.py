"""What each DAG would read of Airflow's configuration by itself. A look takes some 30 µs, so that a
parse reads it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from airflow.sdk.configuration import conf

from medallion.airflow.addresses import url_of


@dataclass(frozen=True, kw_only=True)
class Configured:
    """The configuration at one moment: read once a parse.

    Attributes:
        max_active_tasks: of a DAG, like the next two, where a spec has no word for it.
        max_consecutive_failed_dag_runs: after so many Airflow pauses it; 0: never.
        disable_bundle_versioning: whether a run takes the newest files, not those it began with.
    """

    max_active_tasks: int
    max_consecutive_failed_dag_runs: int
    disable_bundle_versioning: bool

    @classmethod
    def read(cls) -> Configured:
        """What it says now."""
        return cls(
            max_active_tasks=conf.getint("core", "max_active_tasks_per_dag"),
            max_consecutive_failed_dag_runs=conf.getint(
                "core", "max_consecutive_failed_dag_runs_per_dag"
            ),
            disable_bundle_versioning=conf.getboolean("dag_processor", "disable_bundle_versioning"),
        )

    @cached_property
    def base(self) -> str:
        """Airflow's own address: an asset alone has to know it."""
        return url_of("")
