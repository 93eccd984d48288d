"""Where a dashboard's charts are: Superset's grid of twelve columns, of rows and cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from medallion.bi.assets.charts.table import KINDS
from medallion.bi.assets.documents import Asset, Json
from medallion.plan.bi import BiChart, BiDashboard, LayoutItem, fill_rows

COLUMNS = 12
_ROOT, _GRID, _HEADER = "ROOT_ID", "GRID_ID", "HEADER_ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedChart:
    """A chart and its number in the file, which an import replaces by its own."""

    asset: Asset
    number: int


def rows_of(dashboard: BiDashboard) -> tuple[tuple[LayoutItem, ...], ...]:
    """The rows that its author wrote, and rows for charts that are in none of them."""
    placed = {item.chart for row in dashboard.rows for item in row}
    rest = [chart for chart in dashboard.charts if chart.name not in placed]
    return (*dashboard.rows, *fill_rows(rest))


def position_of(
    dashboard: BiDashboard,
    rows: Iterable[tuple[LayoutItem, ...]],
    charts: Mapping[str, PlacedChart],
) -> dict[str, Json]:
    """Superset's tree of components.

    Args:
        dashboard: whose title is its header.
        rows: all of them, in order; a chart may be in several.
        charts: by their names.
    """
    kinds = {chart.name: chart for chart in dashboard.charts}
    components: dict[str, Json] = {"DASHBOARD_VERSION_KEY": "v2"}
    row_ids: list[Json] = []
    for number, row in enumerate(rows, start=1):
        row_id = f"ROW-{number}"
        cells = [
            _cell(item, f"{number}-{place}", [_ROOT, _GRID, row_id], charts)
            for place, item in enumerate(_size(row, kinds), start=1)
        ]
        components |= {str(cell["id"]): cell for cell in cells}
        components[row_id] = {
            "id": row_id,
            "type": "ROW",
            "children": [cell["id"] for cell in cells],
            "parents": [_ROOT, _GRID],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        row_ids.append(row_id)
    return components | _frame(dashboard.title, row_ids)


def _frame(title: str, row_ids: list[Json]) -> dict[str, Json]:
    return {
        _ROOT: {"id": _ROOT, "type": "ROOT", "children": [_GRID]},
        _GRID: {"id": _GRID, "type": "GRID", "children": row_ids, "parents": [_ROOT]},
        _HEADER: {"id": _HEADER, "type": "HEADER", "meta": {"text": title}},
    }


def _size(row: tuple[LayoutItem, ...], kinds: Mapping[str, BiChart]) -> list[LayoutItem]:
    """With widths and heights: what is left is shared, the first ones get the rest; cells without a
    height of their own are as tall as the tallest."""
    open_cells = [item for item in row if not item.width]
    left = COLUMNS - sum(item.width for item in row)
    share, rest = divmod(max(left, len(open_cells)), max(len(open_cells), 1))
    widths = iter([share + (place < rest) for place in range(len(open_cells))])
    tallest = max((item.height or _height(item, kinds) for item in row), default=0)
    return [
        replace(item, width=item.width or next(widths), height=item.height or tallest)
        for item in row
    ]


def _height(item: LayoutItem, kinds: Mapping[str, BiChart]) -> int:
    if chart := kinds.get(item.chart):
        return KINDS[chart.kind].height_of(chart)
    lines = item.markdown.strip().count("\n") + 1
    return 7 + 3 * lines


def _cell(
    item: LayoutItem, place: str, parents: Sequence[str], charts: Mapping[str, PlacedChart]
) -> dict[str, Json]:
    size: dict[str, Json] = {"width": item.width, "height": item.height}
    kind, meta = "MARKDOWN", size | {"code": item.markdown}
    if item.chart:
        placed = charts[item.chart]
        kind, meta = (
            "CHART",
            size
            | {
                "chartId": placed.number,
                "sliceName": placed.asset.name,
                "uuid": placed.asset.uuid,
            },
        )
    return {
        "id": f"{kind}-{place}",
        "type": kind,
        "children": [],
        "parents": list(parents),
        "meta": meta,
    }
