"""The filters of a whole dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from medallion.bi.assets.charts.view import ChartView
from medallion.bi.assets.documents import Document, Json
from medallion.plan.bi import DashboardFilter
from medallion.spec.models.bi_kinds import FilterKind, traits_of_filter


def acts_on(one: DashboardFilter, view: ChartView) -> bool:
    """Whether a filter acts on a chart: its dataset has the column; a range of time replaces the
    chart's own, which has to be of the same column."""
    if traits_of_filter(one.kind).is_of_time:
        return view.time_column == one.column
    return view.dataset.has(one.column)


def filter_of(one: DashboardFilter, dataset_uuid: str, excluded: Iterable[int]) -> Document:
    """Superset's native filter.

    Args:
        one: what is declared.
        dataset_uuid: where a choice of values comes from.
        excluded: the numbers of the charts that it does not act on.
    """
    kind, is_of_time = KINDS[one.kind], traits_of_filter(one.kind).is_of_time
    target: Document = {"column": {"name": one.column}, "datasetUuid": dataset_uuid}
    return {
        "id": f"NATIVE_FILTER-{one.name}",
        "type": "NATIVE_FILTER",
        "name": one.label,
        "description": "",
        "filterType": kind.filter_type,
        "targets": [{} if is_of_time else target],
        "controlValues": {"enableEmptyFilter": False, **kind.controls(one)},
        "defaultDataMask": _default(one),
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": sorted(excluded)},
        "chartsInScope": [],
        "tabsInScope": [],
    }


def _controls_of_select(one: DashboardFilter) -> Document:
    return {
        "defaultToFirstItem": False,
        "inverseSelection": False,
        "multiSelect": one.multiple,
        "searchAllOptions": False,
    }


def _default(one: DashboardFilter) -> Document:
    if not one.default:
        return {"extraFormData": {}, "filterState": {}, "ownState": {}}
    extra, value = KINDS[one.kind].default(one)
    return {"extraFormData": extra, "filterState": {"value": value}, "ownState": {}}


def _of_select(one: DashboardFilter) -> tuple[Document, Json]:
    values: list[Json] = list(one.default)
    return {"filters": [{"col": one.column, "op": "IN", "val": values}]}, values


def _of_time(one: DashboardFilter) -> tuple[Document, Json]:
    return {"time_range": one.default[0]}, one.default[0]


def _of_numbers(one: DashboardFilter) -> tuple[Document, Json]:
    """Its bounds; an empty one is open."""
    low, high = (*map(_number, one.default), None)[:2]
    bounds: list[Json] = [
        {"col": one.column, "op": op, "val": value}
        for op, value in ((">=", low), ("<=", high))
        if value is not None
    ]
    return {"filters": bounds}, [low, high]


def _number(text: str) -> float | int | None:
    if not text:
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a filter of Medallion's is written for Superset."""

    filter_type: str
    default: Callable[[DashboardFilter], tuple[Document, Json]]
    """What it chooses at first: what it adds to the charts' questions, and what it shows."""
    controls: Callable[[DashboardFilter], Document] = lambda one: {}
    """How it may be used, besides what all filters have."""


KINDS: Mapping[FilterKind, Kind] = {
    "select": Kind(filter_type="filter_select", default=_of_select, controls=_controls_of_select),
    "time_range": Kind(filter_type="filter_time", default=_of_time),
    "number_range": Kind(filter_type="filter_range", default=_of_numbers),
}
