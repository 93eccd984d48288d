"""The filters of a whole dashboard."""

from __future__ import annotations

from collections.abc import Iterable

from medallion.bi.assets.charts.view import ChartView
from medallion.bi.assets.documents import Document, Json
from medallion.plan.bi import DashboardFilter

_TYPES = {
    "select": "filter_select",
    "time_range": "filter_time",
    "number_range": "filter_range",
}


def acts_on(one: DashboardFilter, view: ChartView) -> bool:
    """Whether a filter acts on a chart: its dataset has the column; a range of time replaces the
    chart's own, which has to be of the same column."""
    if one.kind == "time_range":
        return view.time_column == one.column
    return view.dataset.has(one.column)


def filter_of(one: DashboardFilter, dataset_uuid: str, excluded: Iterable[int]) -> Document:
    """Superset's native filter.

    Args:
        one: what is declared.
        dataset_uuid: where a choice of values comes from.
        excluded: the numbers of the charts that it does not act on.
    """
    target: Document = {"column": {"name": one.column}, "datasetUuid": dataset_uuid}
    return {
        "id": f"NATIVE_FILTER-{one.name}",
        "type": "NATIVE_FILTER",
        "name": one.label,
        "description": "",
        "filterType": _TYPES[one.kind],
        "targets": [{} if one.kind == "time_range" else target],
        "controlValues": _controls(one),
        "defaultDataMask": _default(one),
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": sorted(excluded)},
        "chartsInScope": [],
        "tabsInScope": [],
    }


def _controls(one: DashboardFilter) -> Document:
    empty: dict[str, Json] = {"enableEmptyFilter": False}
    if one.kind != "select":
        return empty
    return {
        **empty,
        "defaultToFirstItem": False,
        "inverseSelection": False,
        "multiSelect": one.multiple,
        "searchAllOptions": False,
    }


def _default(one: DashboardFilter) -> Document:
    if not one.default:
        return {"extraFormData": {}, "filterState": {}, "ownState": {}}
    extra, value = _DEFAULTS[one.kind](one)
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


_DEFAULTS = {"select": _of_select, "time_range": _of_time, "number_range": _of_numbers}
