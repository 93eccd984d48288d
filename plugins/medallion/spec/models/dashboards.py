"""A dashboard as a spec declares it: its charts, its filters, and its layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field, field_validator, model_validator

from medallion.model import SpecModel
from medallion.names import ColumnName, Layer, Name, TableName
from medallion.spec.models.bi import Certified, Label, Roles
from medallion.spec.models.bi_kinds import FilterKind
from medallion.spec.models.charts import CHARTS, ChartSpec

if TYPE_CHECKING:
    Chart = ChartSpec
else:
    Chart = Annotated[Union[CHARTS], Field(discriminator="type")]  # noqa: UP007

GRID = 12
"""Columns of a dashboard's grid."""


class FilterSpec(SpecModel):
    """A filter of the whole dashboard: it acts on each chart whose table has the column."""

    type: FilterKind = "select"
    """`select`: some values of the column. `time_range`: a time. `number_range`: from, to."""
    label: Label = ""
    """The title above it; the name by default."""
    table: str = Field(default="", max_length=150)
    """The gold table whose values are offered; that of the charts where there is one only."""
    column: ColumnName | None = None
    """The column; of a `time_range` the table's time column by default."""
    default: Annotated[tuple[str, ...], Field(strict=False, max_length=50)] = ()
    """What is chosen at first: values of the column, `Last month`, or the two ends of a range."""
    multiple: bool = True
    """`select`: whether several values may be chosen."""

    @field_validator("default", mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`default: Last month`"""
        return (value,) if isinstance(value, str) else value


class CellSpec(SpecModel):
    """What is in a row: a chart's name, or a mapping of a chart or a text with its size."""

    chart: str = Field(default="", max_length=100)
    """The name of a chart."""
    markdown: str = Field(default="", max_length=20_000)
    """In its place, a text in Markdown."""
    width: int | None = Field(default=None, ge=1, le=GRID)
    """Of the twelve columns of the grid; by default a share of what the others leave."""
    height: int | None = Field(default=None, ge=5, le=200)
    """In units of 8 pixels; that of the kind of chart by default."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`- [takings, brands]`"""
        return {"chart": value} if isinstance(value, str) else value


Row = Annotated[tuple[CellSpec, ...], Field(strict=False, min_length=1, max_length=GRID)]


class DashboardSpec(SpecModel):
    """A dashboard in Superset; its address ends with `<domain>-<name>`."""

    title: Label = Field(min_length=1)
    """The title above it, and in the list of dashboards."""
    description: str = ""
    """What it shows, and for whom."""
    owner: Label = ""
    """Whom to ask; the pipeline's owner by default."""
    certified: Certified = None
    """Whether somebody vouches for it: `true` for its owner, or `{certified_by: …, details: …}`."""
    roles: Roles = ()
    """The roles of Superset that see it; by default everybody who may read its tables."""
    charts: dict[Name, Chart] = Field(min_length=1, max_length=100)
    """The charts, each with its `type`."""
    filters: dict[Name, FilterSpec] = {}
    """Filters of all charts, in their order."""
    rows: Annotated[tuple[Row, ...], Field(strict=False, max_length=200)] = ()
    """The layout, a list a row: `- [takings, brands]`, `- [{chart: brands, width: 8},
    {markdown: "…"}]`. By default big numbers first, four a row, then two charts a row."""


def table_of(text: str, domain: str) -> TableName:
    """The table that a chart or a filter names: one of the spec's own by its name, another by
    schema and name.

    >>> str(table_of("brands", "cinema")), str(table_of("gold_finance.kpis", "cinema"))
    ('gold_cinema.brands', 'gold_finance.kpis')
    """
    schema, dot, name = text.partition(".")
    return TableName(schema, name) if dot else TableName(f"{Layer.GOLD}_{domain}", text)
