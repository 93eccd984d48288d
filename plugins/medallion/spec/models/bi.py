"""What a gold table's spec says for the BI team. Words are those of Superset, and of dbt's semantic
layer for metrics."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from medallion.cleaning.declared.columns import Unit
from medallion.model import SpecModel

KEYS_OF_BI = frozenset(("metrics", "dimensions", "time_column", "certified", "row_filters"))
"""Keys of a gold table on which dashboards depend alone."""
LONGEST_LABEL = 250
"""What Superset's columns for titles and names hold."""

ROLE_PATTERN = r"^\S(.*\S)?$"
"""A role of Superset: of another form it would be refused, and with it the sync of all specs."""

Label = Annotated[str, Field(max_length=LONGEST_LABEL)]
Roles = Annotated[
    tuple[Annotated[str, Field(pattern=ROLE_PATTERN, max_length=64)], ...],
    Field(strict=False, max_length=50),
]


class CertifiedSpec(SpecModel):
    """Who vouches for a table or a dashboard: `true` for its owner, or a mapping."""

    certified_by: Label = ""
    """Who vouches for it; its owner by default."""
    details: str = ""
    """What that means: who has checked what."""


def _read_certified(value: object) -> object:
    """`certified: true`"""
    if value is True:
        return {}
    return None if value is False else value


Certified = Annotated[CertifiedSpec | None, BeforeValidator(_read_certified)]


class MetricSpec(SpecModel):
    """A number over the table's rows: its expression, or a mapping of it with more."""

    expression: str
    """The aggregate, in PostgreSQL's SQL over the table's columns: `sum(gross)`,
    `sum(gross) / nullif(count(*), 0)`."""
    label: Label = ""
    """What people read in its place; its name by default."""
    description: str = ""
    """What it counts, and what it does not."""
    unit: Unit = ""
    """What the number counts: `EUR`, `%`."""
    format: str = Field(default="", max_length=100)
    """How the number is shown, in d3's words: `,.0f`, `.1%`, or `SMART_NUMBER`."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`takings: sum(gross)`"""
        return {"expression": value} if isinstance(value, str) else value


class DimensionSpec(SpecModel):
    """What people group and filter by, a column or an expression: its label, or a mapping."""

    label: Label = ""
    """What people read in its place; its name by default."""
    description: str = ""
    """What it says; that of the table's column by default."""
    unit: Unit = ""
    """What its numbers count; that of the table's column by default."""
    expression: str = ""
    """SQL over the table's columns without an aggregate: `extract(year from day)`. Without it the
    name above is a column's."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`segment: Segment`"""
        return {"label": value} if isinstance(value, str) else value


class RowFilterSpec(SpecModel):
    """Which rows some roles of Superset see: its row-level security."""

    roles: Roles = Field(min_length=1)
    """The roles of Superset that it holds for."""
    clause: str = Field(min_length=1, max_length=10_000)
    """A condition in SQL over the table's columns. Superset's Jinja may say who looks:
    `manager = '{{ current_username() }}'`."""
    group_key: str = Field(default="", max_length=250)
    """Filters with one group key are joined by OR, others by AND."""
