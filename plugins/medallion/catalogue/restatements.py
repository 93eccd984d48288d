"""Restatements as people see them: before one is started, while it runs, and afterwards.

What Airflow knows of its runs comes from outside (`airflow.pages.restate_runs`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from medallion.catalogue.declared import Declared
from medallion.names import PublishedTable, TableName
from medallion.operations.downstream import Downstream, list_made, list_unread
from medallion.plan.intervals import Span
from medallion.warehouse.catalogue.slices import count_rows
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.restatements import Restatement, find_restatement
from medallion.warehouse.session.transaction import Session


class RunsAgain(StrEnum):
    """What becomes of a table below one that was restated."""

    INTERVALS = "intervals"
    WHOLE = "whole"
    VIEW = "view"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAgain:
    """A table below, before its runs are started.

    Attributes:
        name: its public name.
        dag_id: of the pipeline that publishes it.
        kind: what becomes of it.
        runs: how many of its own follow.
        never_made: intervals among those asked for that no run has made: they are left alone.
        ranges: the time of its intervals, by its pipeline's clock.
        rows: that it has now of what is made again; None: not known.
    """

    name: str
    dag_id: str
    kind: RunsAgain
    runs: int
    never_made: int
    ranges: tuple[str, ...]
    rows: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatePreview:
    """A restatement before it is started.

    Attributes:
        table: the public name of what was restated.
        stretch: which time of it, in whole intervals of its pipeline.
        timezone: of its pipeline.
        tables: what follows from it, in the order in which it runs.
        runs: how many in all.
        continues: the journal's entry that is not done, and is continued; None: a new one is
            written.
    """

    table: str
    stretch: Span
    timezone: str
    tables: tuple[TableAgain, ...]
    runs: int
    continues: Restatement | None


def find_plans_below(known: Declared, table: PublishedTable) -> frozenset[str]:
    """The ids of the DAGs that publish what is made of a table, directly or through others."""
    found: set[PublishedTable] = set()
    todo = [table]
    while todo:
        for one in known.readers_of(todo.pop()):
            if one.table not in found:
                found.add(one.table)
                todo.append(one.table)
    return frozenset(known.tables[one].dag_id for one in found)


def find_versions(session: Session, downstream: Sequence[Downstream]) -> Mapping[str, TableName]:
    """By public name, where the rows of the tables that run again are."""
    found = {}
    for one in downstream:
        current = None if one.is_view else registry.current(session, one.table)
        if current is not None:
            found[str(one.table.public)] = one.table.version(current.version)
    return found


def read_restate_preview(
    session: Session,
    table: PublishedTable,
    stretch: Span,
    timezone: str,
    downstream: Sequence[Downstream],
) -> RestatePreview:
    """What a restatement would do.

    Args:
        session: which may read the rows of `find_versions`.
    """
    versions = find_versions(session, downstream)
    tables = tuple(
        _read_again(session, one, versions.get(str(one.table.public))) for one in downstream
    )
    found = find_restatement(session, table, stretch)
    is_open = found is not None and any(list_unread(session, one, found.at) for one in downstream)
    return RestatePreview(
        table=str(table.public),
        stretch=stretch,
        timezone=timezone,
        tables=tables,
        runs=sum(one.runs for one in tables),
        continues=found if is_open else None,
    )


def _read_again(session: Session, one: Downstream, version: TableName | None) -> TableAgain:
    made = len(list_made(session, one))
    kind = RunsAgain.INTERVALS if one.spans else RunsAgain.WHOLE
    return TableAgain(
        name=str(one.table.public),
        dag_id=str(one.plan.dag_id),
        kind=RunsAgain.VIEW if one.is_view else kind,
        runs=made,
        never_made=max(len(one.spans) - made, 0),
        ranges=one.list_ranges(),
        rows=_count(session, one, version) if made else None,
    )


def _count(session: Session, one: Downstream, version: TableName | None) -> int | None:
    """The rows that are made again; of a whole table the registry knows how many it has."""
    if one.slices:
        return count_rows(session, version, one.slices) if version else None
    current = registry.current(session, one.table)
    return current.rows_total if current else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestateRun:
    """A run of Airflow's that does the work, as Airflow knows it. Times in UTC."""

    run_id: str
    state: str
    queued_at: datetime | None
    ended_at: datetime | None

    @property
    def goes_on(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("queued", "running")


class RestateState(StrEnum):
    """How far a restatement is, in the words of its page."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    STOPPED = "stopped"
    """Something is left, and no run does it."""
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProgress:
    """How far one table below is; `left` of its runs are to come."""

    name: str
    dag_id: str
    kind: RunsAgain
    runs: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatementPage:
    """A restatement while it runs, and afterwards.

    Attributes:
        entry: of the journal.
        timezone: of the table's pipeline.
        state: how far it is.
        tables: what follows from it, in its order.
        attempts: Airflow's runs that have done its work, the latest first.
        is_paused: the DAG of these runs is paused.
    """

    entry: Restatement
    timezone: str
    state: RestateState
    tables: tuple[TableProgress, ...]
    attempts: Sequence[RestateRun]
    is_paused: bool

    @property
    def runs(self) -> int:
        """How many there are in all."""
        return sum(one.runs for one in self.tables)

    @property
    def left(self) -> int:
        """How many are to come."""
        return sum(one.left for one in self.tables)

    def count_by_state(self) -> Mapping[str, int]:
        """The runs that it makes, by how they are."""
        return {"done": self.runs - self.left, "waiting": self.left}


def read_restatement(
    session: Session,
    entry: Restatement,
    timezone: str,
    downstream: Sequence[Downstream],
    attempts: Sequence[RestateRun],
    *,
    is_paused: bool,
) -> RestatementPage:
    """How far it is, by what the registry knows of each table's publications."""
    goes_on = any(one.goes_on for one in attempts)
    tables = tuple(_read_progress(session, one, entry, goes_on) for one in downstream)
    return RestatementPage(
        entry=entry,
        timezone=timezone,
        state=_state(attempts, sum(one.left for one in tables)),
        tables=tables,
        attempts=attempts,
        is_paused=is_paused,
    )


def _read_progress(
    session: Session, one: Downstream, entry: Restatement, goes_on: bool
) -> TableProgress:
    # What is published beside a run that works is still to be followed, and later on is not its
    # business any more.
    left = len(list_unread(session, one, entry.at, or_published=goes_on))
    kind = RunsAgain.INTERVALS if one.spans else RunsAgain.WHOLE
    return TableProgress(
        name=str(one.table.public),
        dag_id=str(one.plan.dag_id),
        kind=RunsAgain.VIEW if one.is_view else kind,
        runs=len(list_made(session, one)),
        left=left,
    )


def _state(attempts: Sequence[RestateRun], left: int) -> RestateState:
    latest = attempts[0] if attempts else None
    if latest is not None and latest.goes_on:
        return RestateState.WAITING if latest.state == "queued" else RestateState.RUNNING
    if not left:
        return RestateState.DONE
    is_failed = latest is not None and latest.state == "failed"
    return RestateState.FAILED if is_failed else RestateState.STOPPED
