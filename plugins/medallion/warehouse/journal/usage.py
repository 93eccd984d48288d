"""Who reads a table, for its page: from the journal, where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg.rows import class_row

from medallion.names import PublishedTable
from medallion.warehouse.journal.collection import SQL
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

MOST = 20
QUARTER = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A login that has read the table in the last 30 days, by one application from one place."""

    reader: str
    application: str
    client: str
    last_at: datetime
    times: int
    rows: int | None
    """How many it got; None: the log does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    last_read_at: datetime | None
    readers_month: int
    readers_quarter: int
    times_month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Collection:
    since: datetime | None
    up_to: datetime | None
    statements: int
    not_understood: int
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How a table is used. Times in UTC.

    Attributes:
        last_read_at: None: nobody has read it since reads are collected.
        readers_month: logins that have read it in the last 30 days; `readers_quarter`: in 90.
        times_month: statements that have, in 30 days.
        readers: the latest first, at most 20.
        since: when the first reads were collected; None: none were yet.
        up_to: how far the log was read.
        not_understood: of the statements of all readers of the warehouse in the last 30 days, those
            of which it is not known what they read.
        problem: why reads are not collected now; empty: they are.
    """

    last_read_at: datetime | None = None
    readers_month: int = 0
    readers_quarter: int = 0
    times_month: int = 0
    readers: Sequence[Reader] = ()
    since: datetime | None = None
    up_to: datetime | None = None
    statements: int = 0
    not_understood: int = 0
    problem: str = ""

    @property
    def is_known(self) -> bool:
        """Whether reads were collected at all, so that none means nobody."""
        return self.since is not None

    def is_unread_long(self, now: datetime) -> bool:
        """Whether nobody has read it for 90 days, in all of which reads were collected."""
        if self.since is None or self.since > now - QUARTER:
            return False
        return self.last_read_at is None or self.last_read_at < now - QUARTER

    def without_names(self) -> Usage:
        """For somebody who may not see who reads: the figures alone."""
        return replace(self, readers=())


NO_JOURNAL = "there is no journal: an administrator runs `python -m medallion.cli roles`"


def read_usage(session: Session, table: PublishedTable) -> Usage:
    """How a table is used. A session that may not read the journal sees that, and no figure."""
    named = statements(SQL)
    may = session.execute(named["may_read_journal"]).fetchone()
    if not (may and may[0]):
        return Usage(problem=NO_JOURNAL)
    with session.cursor(row_factory=class_row(_Figures)) as cursor:
        figures = cursor.execute(named["usage"], table.key()).fetchone()
    with session.cursor(row_factory=class_row(_Collection)) as cursor:
        collection = cursor.execute(named["collection"]).fetchone()
    with session.cursor(row_factory=class_row(Reader)) as cursor:
        readers = cursor.execute(named["readers"], {**table.key(), "most": MOST}).fetchall()
    assert figures is not None  # noqa: S101  # aggregates of all rows
    assert collection is not None  # noqa: S101
    not_yet = "" if collection.since else "nothing has been collected yet"
    return Usage(
        last_read_at=figures.last_read_at,
        readers_month=figures.readers_month,
        readers_quarter=figures.readers_quarter,
        times_month=figures.times_month,
        readers=readers,
        since=collection.since,
        up_to=collection.up_to,
        statements=collection.statements,
        not_understood=collection.not_understood,
        problem=collection.problem or not_yet,
    )
