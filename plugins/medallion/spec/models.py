"""The spec of one pipeline and the defaults of its domain, as the YAML says them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from medallion.checks.declaration import CheckSpec
from medallion.cleaning.columns import ColumnSpec
from medallion.model import SpecModel
from medallion.names import ColumnName, Name
from medallion.publish.declaration import GuardSpec, WriteDisposition
from medallion.sources.kinds import Source

Names = Annotated[tuple[ColumnName, ...], Field(strict=False)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Checks = Annotated[tuple[CheckSpec, ...], Field(strict=False)]
Duration = Annotated[str, Field(pattern=r"^[0-9]+[smhd]$")]
"""A number and its unit: 30s, 5m, 26h, 2d."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """The length of time that a `Duration` says.

    >>> duration("26h")
    datetime.timedelta(days=1, seconds=7200)
    """
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


class FreshnessSpec(SpecModel):
    """How old the last publication may be (dbt's words)."""

    warn_after: Duration | None = None
    error_after: Duration | None = None


class BronzeSpec(SpecModel):
    """What is asked of a landing before anything is made of it."""

    checks: Checks = ()


class SilverSpec(SpecModel):
    """The cleaned, typed table that a dataset becomes."""

    primary_key: Names = ()
    write_disposition: WriteDisposition = Field(default=WriteDisposition.REPLACE, strict=False)
    columns: dict[ColumnName, ColumnSpec] = Field(min_length=1)
    checks: Checks = ()
    guard: GuardSpec = GuardSpec()
    keep_versions: int = Field(default=3, ge=1, le=100)
    """`replace`: how many physical versions stay, the current one included."""
    grants: Texts = ()
    """Roles that may read the table."""
    freshness: FreshnessSpec | None = None


class DatasetSpec(SpecModel):
    """One source and the silver table that it becomes."""

    description: str = ""
    source: Source
    bronze: BronzeSpec = BronzeSpec()
    silver: SilverSpec


class GoldSpec(SpecModel):
    """A table that one SELECT of include/sql/<domain>/ builds."""

    description: str = ""
    sql: str
    """The file's name in include/sql/<domain>/."""
    primary_key: Names = ()
    columns: dict[ColumnName, str] = {}
    """Descriptions, kept as the columns' comments in the warehouse."""
    checks: Checks = ()
    guard: GuardSpec = GuardSpec()
    keep_versions: int = Field(default=3, ge=1, le=100)
    grants: Texts = ()
    freshness: FreshnessSpec | None = None


class Scheduling(SpecModel):
    """What a domain may set for all its pipelines, and a pipeline for itself."""

    owner: str | None = None
    schedule: str | None = None
    """A cron expression or preset (`@daily`) with data intervals, in UTC; null: by hand only."""
    start_date: date | datetime | None = None
    end_date: date | datetime | None = None
    catchup: bool | None = None
    max_active_runs: int | None = Field(default=None, ge=1)
    retries: int | None = Field(default=None, ge=0)
    retry_delay: Duration | None = None
    pool: str | None = None
    tags: Texts | None = None


class DomainSpec(Scheduling):
    """specs/<domain>/domain.yaml: what the domain's pipelines share."""

    description: str = ""
    contacts: Texts = ()


class PipelineSpec(Scheduling):
    """specs/<domain>/<pipeline>.yaml: one DAG."""

    description: str
    datasets: dict[Name, DatasetSpec] = {}
    gold: dict[Name, GoldSpec] = {}
    engine: Literal["duckdb"] = "duckdb"
