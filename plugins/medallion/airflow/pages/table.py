"""A table's pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.connections import domain_warehouse_url
from medallion.airflow.pages.access import Viewer, ViewerDep, no_such
from medallion.airflow.pages.desk import (
    loader_url,
    profiling,
    read_declared,
    reading,
    reading_rows,
)
from medallion.airflow.pages.rendering import page
from medallion.catalogue.declared import Declared
from medallion.catalogue.personal import find_hidden_fields
from medallion.catalogue.quality import read_quality
from medallion.catalogue.quarantine import RowsAsked, read_quarantine
from medallion.catalogue.table import (
    TableHead,
    read_column_lineage,
    read_head,
    read_preview,
    read_story,
)
from medallion.catalogue.versions import read_versions
from medallion.names import PublishedTable, TableName
from medallion.warehouse.catalogue.history import current_commit, read_published_columns
from medallion.warehouse.catalogue.preview import Preview
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session

router = APIRouter(prefix="/tables")

Text = Annotated[str, Query(max_length=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A table that somebody looks at: a session that reads, and the top of the page."""

    session: Session
    known: Declared
    head: TableHead

    def find_hidden(self, *versions: int, named: Iterable[str] = ()) -> frozenset[str] | None:
        """The columns and fields whose values are not shown; None: nobody says what is personal.

        Args:
            versions: those whose rows are looked at: readers may not see their columns any more.
            named: names in what was kept of checks and questions.
        """
        table = self.head.table
        if self.head.declared is None:
            return None
        names = [one.name for one in read_published_columns(self.session, table)]
        for number in versions:
            names += [one.name for one in columns_of(self.session, table.version(number))]
        return find_hidden_fields(self.known, table, names, named)


@contextmanager
def open_table(
    viewer: Viewer,
    name: str,
    rows_of: Callable[[PublishedTable], Sequence[TableName]] | None = None,
) -> Iterator[Opened]:
    """The table of that name, if the person may see it.

    Args:
        rows_of: of which of its relations rows are read too: its quarantine, or versions.

    Raises:
        HTTPException: 404.
    """
    known = read_declared()
    table = viewer.table(name)
    doing = f"reading {name}"
    opened = reading_rows(doing, rows_of(table)) if rows_of else reading(doing)
    with opened as session:
        head = read_head(session, known, table)
        if head is None:
            raise no_such("table", name)
        yield Opened(session=session, known=known, head=head.as_seen_by(viewer.domains))


def quarantine_of(table: PublishedTable) -> Sequence[TableName]:
    """The relations whose rows the quarantine tab reads, which its session has to be granted."""
    return [table.quarantine]


def versions_of(
    asked: tuple[int, int] | None,
) -> Callable[[PublishedTable], Sequence[TableName]] | None:
    """Rows of these versions are read."""
    if asked is None:
        return None
    return lambda table: [table.version(number) for number in asked]


@router.get("/{name}")
def show_table(request: Request, viewer: ViewerDep, name: str) -> HTMLResponse:
    """What it is, how it is now, and what became of it."""
    with open_table(viewer, name) as one:
        story = read_story(one.session, one.known, one.head, profiling())
        columns = read_column_lineage(one.session, one.known, one.head, viewer.domains)
    if not viewer.may_trigger(one.head.row.dag_id):
        story = story.without_names()
    return page(
        request,
        "table.html",
        viewer=viewer,
        head=one.head,
        story=story,
        column_lineage=columns,
        tab="about",
    )


@router.get("/{name}/quality")
def show_quality(
    request: Request,
    viewer: ViewerDep,
    name: str,
    run: Text = "",
    layer: Text = "",
    check: Text = "",
) -> HTMLResponse:
    """What its checks found, run by run; one result of them, where one is asked for."""
    with open_table(viewer, name) as one:
        quality = read_quality(
            one.session, one.head.table, lambda names: one.find_hidden(named=names)
        )
    cell = quality.cell(run, layer, check)
    line = next((x for x in quality.lines if (x.layer, x.check_id) == (layer, check)), None)
    return page(
        request,
        "quality.html",
        viewer=viewer,
        head=one.head,
        quality=quality,
        cell=cell,
        line=line,
        tab="quality",
    )


@router.get("/{name}/quarantine")
def show_quarantine(
    request: Request,
    viewer: ViewerDep,
    name: str,
    run: Text = "",
    reason: Text = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """Its open rows in quarantine, by reason and run."""
    asked = RowsAsked(run_id=run or None, reason=reason or None, after=after)
    with open_table(viewer, name, quarantine_of) as one:
        shown = read_quarantine(one.session, one.head.table, one.find_hidden(), asked)
    return page(
        request,
        "quarantine.html",
        viewer=viewer,
        head=one.head,
        quarantine=shown,
        asked=asked,
        may_change=viewer.may_trigger(one.head.row.dag_id),
        tab="quarantine",
    )


@router.get("/{name}/versions")
def show_versions(
    request: Request,
    viewer: ViewerDep,
    name: str,
    one_of: Annotated[int, Query(alias="one", ge=0)] = 0,
    other: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """The versions that are kept; two of them held against each other."""
    asked = (one_of, other) if one_of and other else None
    with open_table(viewer, name, versions_of(asked)) as one:
        versions = read_versions(one.session, one.head, one.find_hidden(*(asked or ())), asked)
    return page(
        request,
        "versions.html",
        viewer=viewer,
        head=one.head,
        versions=versions,
        may_change=viewer.may_trigger(one.head.row.dag_id),
        tab="versions",
    )


@router.get("/{name}/rows")
def show_rows(request: Request, viewer: ViewerDep, name: str) -> HTMLResponse:
    """Its first rows, as the domain's role reads them, without personal data."""
    head, shown = open_rows(viewer, name)
    return page(request, "rows.html", viewer=viewer, head=head, preview=shown, tab="rows")


def open_rows(viewer: Viewer, name: str) -> tuple[TableHead, Preview]:
    """The first rows of a table that the person may see.

    Raises:
        HTTPException: 404.
    """
    with open_table(viewer, name) as one:
        head, known = one.head, one.known
    given = domain_warehouse_url(head.table.domain)
    return head, read_preview(loader_url(), known, head.table, given)


@router.get("/{name}/spec")
def show_spec(request: Request, viewer: ViewerDep, name: str) -> HTMLResponse:
    """The SQL and the spec that it is made by."""
    with open_table(viewer, name) as one:
        head, commit = one.head, current_commit(one.session, one.head.table)
    return page(request, "spec.html", viewer=viewer, head=head, commit=commit, tab="spec")
