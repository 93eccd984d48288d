"""The kinds of charts and filters, and what rules, plans and Superset's files ask of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ChartKind = Literal[
    "big_number", "table", "bar", "line", "area", "pie", "heatmap", "scatter", "country_map"
]
FilterKind = Literal["select", "time_range", "number_range"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartTraits:
    """A kind of chart, whatever draws it."""

    a_row: int = 2
    """How many of it fill a row of a dashboard whose author places none."""
    is_over_time: bool = False
    """Whether its x axis is the time column where the chart names no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterTraits:
    """A kind of filter, whatever shows it."""

    is_of_time: bool = False
    """Whether it replaces the charts' own range of time."""


CHART_TRAITS: Mapping[ChartKind, ChartTraits] = {
    "big_number": ChartTraits(a_row=4),
    "table": ChartTraits(a_row=1),
    "line": ChartTraits(is_over_time=True),
    "area": ChartTraits(is_over_time=True),
}
"""Of the kinds that differ from the usual."""
FILTER_TRAITS: Mapping[FilterKind, FilterTraits] = {"time_range": FilterTraits(is_of_time=True)}
"""The same, of filters."""


def traits_of_chart(kind: ChartKind) -> ChartTraits:
    """What a kind of chart is like.

    >>> traits_of_chart("big_number").a_row, traits_of_chart("pie").a_row
    (4, 2)
    """
    return CHART_TRAITS.get(kind, ChartTraits())


def traits_of_filter(kind: FilterKind) -> FilterTraits:
    """What a kind of filter is like; the usual, where the table has no line for it."""
    return FILTER_TRAITS.get(kind, FilterTraits())
