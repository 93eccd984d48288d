"""What a file of tests may say. Words are those of dbt's unit tests where it has them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from medallion.model import SpecModel
from medallion.names import NAME_PATTERN

CaseName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
Rows = Annotated[tuple[dict[str, Any], ...], Field(strict=False)]


class IntervalSpec(SpecModel):
    """A data interval, half open; in UTC without a zone."""

    start: date | datetime
    """Its start: 2026-01-05, or a time."""
    end: date | datetime
    """Its end, which is not part of it."""


class GivenSpec(SpecModel):
    """What a source sends, or what a published table holds: rows, or a file of them."""

    rows: Rows | None = None
    """Each row as a mapping. Of a source: the record's fields, as the source names them."""
    file: str | None = Field(default=None, pattern=r"^[\w][\w .-]*$")
    """Of a source: a file beside this one, read as the spec's source reads its own."""

    @model_validator(mode="after")
    def _one_of_them(self) -> GivenSpec:
        if (self.rows is None) == (self.file is None):
            raise ValueError("either `rows` or `file` says what is given")
        return self


class QuarantinedSpec(SpecModel):
    """Rows that are expected in quarantine for one reason."""

    reason: str = Field(min_length=1)
    """A part of the reason: `amount` or `is not a number`; of a check its id, `between_amount`."""
    rows: int = Field(default=1, ge=1)
    """How many."""


class ExpectedSpec(SpecModel):
    """What becomes of a table. What is left out is not looked at."""

    rows: Rows | None = None
    """All of its rows, in any order, of the columns that are named."""
    quarantined: Annotated[tuple[QuarantinedSpec, ...], Field(strict=False)] | None = None
    """All that is quarantined, by reason; `[]`: nothing is."""
    deduplicated: int | None = Field(default=None, ge=0)
    """How many rows give way to another with their primary key."""
    discarded: int | None = Field(default=None, ge=0)
    """How many rows the filter does not want."""
    fails: str | None = Field(default=None, min_length=1)
    """The table is not published, and this is a part of the reason."""


class CaseSpec(SpecModel):
    """One test."""

    description: str = ""
    """What it shows."""
    data_interval: date | IntervalSpec | None = None
    """The run's interval: that of the schedule which holds a day, or a start and an end. By default
    the one that holds 2026-01-01."""
    checks: Literal["rows", "all", "none"] = "rows"
    """Which of the spec's checks are asked: those that judge single `rows`, so that a handful of
    them needs no row count of a real delivery; `all`; or `none`."""
    given: dict[str, GivenSpec] = {}
    """By the name of a dataset, what its source sends; by that of a table
    (`silver_finance.accounts`), what another pipeline, or this one, has published."""
    expect: dict[str, ExpectedSpec] = Field(min_length=1)
    """By table (`silver_cinema.movies`, `gold_cinema.brand_performance`), what becomes of it."""


class TestsSpec(SpecModel):
    """specs/<domain>/tests/<name>.yaml: tests of one pipeline of the domain."""

    __test__ = False  # pytest collects classes of this name

    pipeline: Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
    """The pipeline's name: `box_office` for specs/<domain>/box_office.yaml."""
    tests: dict[CaseName, CaseSpec] = Field(min_length=1)
    """The tests by their names."""
