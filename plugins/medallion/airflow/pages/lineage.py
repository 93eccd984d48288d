"""The lineage graph: laid out and drawn here, moved about by lineage.js."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.pages.access import Viewer, ViewerDep, no_such
from medallion.airflow.pages.desk import read_declared, reading
from medallion.airflow.pages.fitting import fitting
from medallion.airflow.pages.rendering import link, page
from medallion.catalogue.layout import HEIGHT, WIDTH, Layout, Point, lay_out
from medallion.catalogue.lineage import Lineage, Node, read_lineage

router = APIRouter(prefix="/lineage")

Focus = Annotated[str, Query(max_length=200)]
"""A table's name; empty: everything."""
Within = Annotated[str, Query(max_length=40)]
"""A domain's name: its tables, and what is right beside them; a focus counts more."""

_MARGIN = 20
_BESIDE = 14.0 + 10.0
"""Pixels left and right of a node's texts."""
_STATE = 84.0
"""Pixels that the word of a state takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnNode:
    """A node, its left upper corner, as much of its texts as it has room for, its page (empty:
    none), and its text for whoever points at it or has it read out."""

    node: Node
    x: float
    y: float
    label: str
    about: str
    href: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnEdge:
    """An edge by the numbers of its nodes, and its line as an SVG path."""

    before: int
    after: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The graph in SVG's units, ready for the template, which computes nothing."""

    width: float
    height: float
    nodes: Sequence[DrawnNode]
    edges: Sequence[DrawnEdge]


def open_lineage(
    viewer: Viewer, focus: str, domain: str = "", *, with_columns: bool = False
) -> Lineage:
    """The lineage that a person may see, or that of one table, or of one domain.

    Raises:
        HTTPException: 404.
    """
    table = viewer.table(focus.strip()) if focus.strip() else None
    if domain:
        viewer.domain(domain)
    with reading("reading the lineage") as session:
        found = read_lineage(
            session, read_declared(), viewer.domains, table, with_columns=with_columns
        )
    if table and not found.nodes:
        raise no_such("table", focus)
    return found.of_domain(domain) if domain and not table else found


@router.get("")
def show_lineage(
    request: Request, viewer: ViewerDep, focus: Focus = "", domain: Within = ""
) -> HTMLResponse:
    """Everything from the sources to the dashboards, or what one table has to do with."""
    shown = open_lineage(viewer, focus, domain)
    return page(
        request,
        "lineage.html",
        viewer=viewer,
        shown=shown,
        drawing=draw(shown, request.scope.get("root_path", "")),
        domains=sorted(viewer.domains),
        node_size=(int(WIDTH), int(HEIGHT)),
    )


@router.get("/list")
def show_lineage_list(
    request: Request, viewer: ViewerDep, focus: Focus = "", domain: Within = ""
) -> HTMLResponse:
    """The same as a table, for whoever reads better than he sees."""
    shown = open_lineage(viewer, focus, domain)
    root = request.scope.get("root_path", "")
    return page(
        request,
        "lineage_list.html",
        viewer=viewer,
        shown=shown,
        neighbours=_neighbours(shown),
        domains=sorted(viewer.domains),
        href=lambda node: _href(node, root),
    )


def draw(shown: Lineage, root: str = "") -> Drawing:
    """Lay the lineage out.

    Args:
        root: the path that the pages are below.
    """
    ids = [node.id for node in shown.nodes]
    layout = lay_out(tuple(ids), tuple((edge.before, edge.after) for edge in shown.edges))
    numbers = {name: number for number, name in enumerate(ids)}
    return Drawing(
        width=round(layout.width + 2 * _MARGIN),
        height=round(layout.height + 2 * _MARGIN),
        nodes=[_draw(node, layout, root) for node in shown.nodes],
        edges=[
            DrawnEdge(before=numbers[before], after=numbers[after], path=_path(line))
            for (before, after), line in layout.lines.items()
        ],
    )


def _draw(node: Node, layout: Layout, root: str) -> DrawnNode:
    x, y = layout.corners[node.id]
    return DrawnNode(
        node=node,
        x=round(x + _MARGIN, 1),
        y=round(y + _MARGIN, 1),
        label=fitting(node.name, WIDTH - _BESIDE, 13.0, keeps_end=True),
        about=fitting(node.about, WIDTH - _BESIDE - (_STATE if node.state else 0.0), 11.5),
        href=_href(node, root),
        title=_title(node),
    )


def _href(node: Node, root: str) -> str:
    """A table's page, or where an exposure is; empty: neither is known."""
    return link(root, "tables", node.id) if node.is_known else node.url


def _title(node: Node) -> str:
    about = "" if node.table else node.about
    said = ", ".join(filter(None, (node.title, about, node.state)))
    said = f"{said}: {node.why}" if node.why else said
    return f"{said}\n{node.description}" if node.description else said


def _path(line: Sequence[Point]) -> str:
    """A curve between two ranks, a straight line across each rank that is passed, and the tip: as a
    part of the path, which browsers draw faster than a marker."""
    parts: list[str] = []
    points = [(x + _MARGIN, y + _MARGIN) for x, y in line]
    for (x1, y1), (x2, y2) in zip(points[::2], points[1::2], strict=True):
        middle = (x1 + x2) / 2
        start = f"L{x1:.0f} {y1:.1f}" if parts else f"M{x1:.0f} {y1:.1f}"
        parts.append(f"{start}C{middle:.0f} {y1:.1f} {middle:.0f} {y2:.1f} {x2:.0f} {y2:.1f}")
    (before, _), (x, y) = points[-2:]
    tip = x - 6 if before < x else x + 6
    parts.append(f"M{tip:.0f} {y - 4:.1f}L{x:.0f} {y:.1f}L{tip:.0f} {y + 4:.1f}")
    return "".join(parts)


def _neighbours(shown: Lineage) -> dict[str, tuple[list[Node], list[Node]]]:
    """Of each node those before and those after it: the graph as a list."""
    nodes = {node.id: node for node in shown.nodes}
    found: dict[str, tuple[list[Node], list[Node]]] = {name: ([], []) for name in nodes}
    for edge in shown.edges:
        found[edge.before][1].append(nodes[edge.after])
        found[edge.after][0].append(nodes[edge.before])
    return found
