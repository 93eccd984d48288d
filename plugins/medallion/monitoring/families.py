"""Every metric that Medallion has: its name, type, labels, and what it means. docs/monitoring.md
lists them from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_TABLES = 2500
MOST_DOMAINS = 100
MOST_CONNECTIONS = 50
"""Beyond these the ones that came last have no metrics, and `medallion_left_out` counts them: so no
counter ever goes backwards, and a mistake that makes tables without end costs Prometheus nothing.
"""

_TABLE = ("domain", "layer", "table")


class Kind(StrEnum):
    """Prometheus' types of metrics: a counter never falls, a gauge may."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric. A counter's name is without `_total`, which its samples have."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str

    @property
    def sample(self) -> str:
        """The name to query it by; of a histogram, without `_bucket`, `_sum`, `_count`.

        >>> _counter("rows", (), "").sample
        'rows_total'
        """
        return f"{self.name}_total" if self.kind is Kind.COUNTER else self.name


def _counter(name: str, labels: tuple[str, ...], meaning: str) -> Family:
    return Family(name=name, kind=Kind.COUNTER, labels=labels, meaning=meaning)


def _gauge(name: str, labels: tuple[str, ...], meaning: str) -> Family:
    return Family(name=name, kind=Kind.GAUGE, labels=labels, meaning=meaning)


ROWS = _counter(
    "medallion_rows",
    (*_TABLE, "outcome"),
    "Rows that publications have read, by outcome: published, quarantined, deduplicated, "
    "discarded. Their sum is what was read.",
)
PUBLICATIONS = _counter("medallion_publications", _TABLE, "Publications of a table.")
TABLE_ROWS = _gauge("medallion_table_rows", _TABLE, "Rows that readers of a table see now.")
PUBLISHED_AT = _gauge(
    "medallion_table_last_publication_timestamp_seconds",
    _TABLE,
    "When a table was published last, in seconds since 1970: its age is time() minus this.",
)
FRESHNESS = _gauge(
    "medallion_table_freshness",
    _TABLE,
    "How fresh a declared table is: 0 as it should be, 1 late (stale, or awaited for the first "
    "time), 2 past its error_after.",
)
WATCHED_AT = _gauge(
    "medallion_freshness_evaluated_timestamp_seconds",
    (),
    "When freshness was evaluated last, in seconds since 1970; it is evaluated every minute.",
)
QUARANTINE_OPEN = _gauge(
    "medallion_quarantine_open_rows", _TABLE, "Rows in a table's quarantine, not replayed yet."
)
LAKE_BYTES = _gauge(
    "medallion_lake_bytes",
    ("domain", "table"),
    "What the landings of a dataset take in the lake, as the registry knows them.",
)
CHECKS = _counter(
    "medallion_checks",
    ("domain", "layer", "severity", "outcome"),
    "Checks that gates have evaluated, by what a failure does (severity: fail, quarantine, warn) "
    "and by outcome: passed, failed, quarantined, warned.",
)
NOT_PASSED = _gauge(
    "medallion_checks_not_passed",
    (*_TABLE, "severity"),
    "Checks that did not pass in a table's last gate of that layer.",
)
STEP_SECONDS = Family(
    name="medallion_step_duration_seconds",
    kind=Kind.HISTOGRAM,
    labels=("domain", "step", "outcome"),
    meaning="How long tasks took, by step and by outcome of the try: success, failed.",
)
REQUESTS_USED = _gauge(
    "medallion_requests_used_today",
    ("connection",),
    "Requests that sources have made by a connection since midnight (UTC).",
)
REQUESTS_ALLOWED = _gauge(
    "medallion_requests_allowed_per_day",
    ("connection",),
    "What a connection allows a day (`requests_per_day`), where it sets a limit.",
)
MESSAGES_WAITING = _gauge(
    "medallion_messages_waiting",
    ("connection",),
    "Messages about incidents that a connection did not take at the last try. They are tried "
    "again.",
)
LEFT_OUT = _gauge(
    "medallion_left_out",
    ("kind",),
    f"Tables beyond {MOST_TABLES}, domains beyond {MOST_DOMAINS}, connections beyond "
    f"{MOST_CONNECTIONS}: they have no metrics.",
)
WAREHOUSE_UP = _gauge(
    "medallion_warehouse_up", (), "1: the registry answered this scrape. 0: it did not."
)
DISK_FREE = _gauge("medallion_lake_disk_free_bytes", (), "Free room on the disk of a local lake.")
DISK_SIZE = _gauge("medallion_lake_disk_size_bytes", (), "Size of the disk of a local lake.")
IMPORT_ERRORS = _gauge(
    "medallion_import_errors", (), "Entries of Airflow's DAG import errors, those of specs too."
)
REFUSED_SPECS = _gauge(
    "medallion_refused_specs", ("domain",), "Files of a domain that are refused."
)
HEARTBEAT = _gauge(
    "medallion_heartbeat_timestamp_seconds",
    ("component",),
    "When a scheduler, DAG processor or triggerer gave a sign of life last, in seconds since 1970.",
)
PIPELINES = _gauge(
    "medallion_pipelines",
    ("domain", "outcome"),
    "Pipelines by the state (success, failed, running …) of their latest run of the last 8 days.",
)

FAMILIES = (
    ROWS, PUBLICATIONS, TABLE_ROWS, PUBLISHED_AT, FRESHNESS, WATCHED_AT, QUARANTINE_OPEN,
    LAKE_BYTES, CHECKS, NOT_PASSED, STEP_SECONDS, REQUESTS_USED, REQUESTS_ALLOWED, MESSAGES_WAITING,
    PIPELINES, IMPORT_ERRORS, REFUSED_SPECS, HEARTBEAT, WAREHOUSE_UP, DISK_FREE, DISK_SIZE,
    LEFT_OUT,
)  # fmt: skip
