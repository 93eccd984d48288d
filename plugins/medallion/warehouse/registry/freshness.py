"""How fresh every declared table is: asked of the registry by one query, which needs no spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import psycopg
from psycopg.rows import DictRow, dict_row

from medallion.names import Layer, PublishedTable
from medallion.warehouse.session.statements import statements

SQL = "registry/freshness.sql"
_RUN = "freshness"


class Freshness(StrEnum):
    """The state of a table, in one word."""

    FRESH = "fresh"
    PUBLISHED = "published"
    """It has been published, and its spec sets no limit to its age."""
    STALE = "stale"
    """Older than `warn_after`; or gold that has been behind its inputs for over `behind_after`."""
    ERROR = "error"
    """Older than `error_after`."""
    NEVER_PUBLISHED = "never_published"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFreshness:
    """One table that a spec declares. Times in UTC."""

    table: PublishedTable
    dag_id: str
    owner: str
    state: Freshness
    is_late: bool
    """Whether a limit is passed: `stale`, `error`, or never published though it should be."""
    since: datetime
    """When the state began: for what is late, the moment at which the limit was passed."""
    published_at: datetime | None
    """The last publication of its newest data: one of an older interval makes nothing fresher."""
    as_of: datetime | None
    age: timedelta | None
    """Since `published_at`."""
    expected_by: datetime | None
    """When the next publication is due; None where no limit is set, or the pipeline has ended."""
    warn_after: timedelta | None
    error_after: timedelta | None
    behind_after: timedelta | None
    behind_since: datetime | None
    """Of gold: when the first of what it lacks was published."""
    newer_inputs: tuple[str, ...]
    is_old: bool
    """Whether `warn_after` or `error_after` is passed, days off not counted."""
    has_changed: bool
    """Whether the state is another one than the registry kept last."""
    was_late: bool

    def reason(self) -> str:
        """Why it is as it is, in a sentence without the table's name."""
        if self.published_at is None:
            late = f"; it was due by {_moment(self.expected_by)}" if self.is_late else ""
            return f"never published{late}"
        if self.is_late and self.is_old:
            limit = "error_after" if self.state is Freshness.ERROR else "warn_after"
            length = self.error_after if limit == "error_after" else self.warn_after
            return (
                f"last published {_moment(self.published_at)}, longer ago than "
                f"{limit}: {_length(length)}"
            )
        if self.is_late:
            return (
                f"older than {', '.join(self.newer_inputs)} since {_moment(self.behind_since)}, "
                f"for longer than behind_after: {_length(self.behind_after)}"
            )
        return f"last published {_moment(self.published_at)}"


def table_freshness(
    connection: psycopg.Connection, only: Iterable[PublishedTable] | None = None
) -> Sequence[TableFreshness]:
    """Every declared table as it is at this moment, or some, by name; nothing is written."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements(SQL)["freshness"], _ask_for(only)).fetchall()
    return list(_read(rows))


def late_tables(
    connection: psycopg.Connection, only: Iterable[PublishedTable] | None = None
) -> frozenset[PublishedTable]:
    """The tables that are late at this moment, of all or of some."""
    named = statements(SQL)
    query = named["late"].format(freshness=named["freshness"])
    return _tables(connection.execute(query, _ask_for(only)).fetchall())


def read_late(connection: psycopg.Connection) -> frozenset[PublishedTable]:
    """The tables that were late when their states were last kept (`last_evaluation`)."""
    return _tables(connection.execute(statements(SQL)["kept_late"]).fetchall())


def keep_freshness(connection: psycopg.Connection) -> Sequence[TableFreshness]:
    """The same; states that have changed are kept, with since when. Several at once take turns."""
    sql = statements(SQL)
    connection.execute(sql["one_at_a_time"])
    found = table_freshness(connection)
    changed = [one for one in found if one.has_changed]
    with connection.cursor() as cursor:
        cursor.executemany(sql["keep_state"], [_state(one) for one in changed])
    connection.execute(sql["forget_states"])
    connection.execute(sql["keep_run"], {"what": _RUN})
    return found


def last_evaluation(connection: psycopg.Connection) -> datetime | None:
    """When the states were last kept; None: never."""
    row = connection.execute(statements(SQL)["last_run"], {"what": _RUN}).fetchone()
    return row[0] if row else None


def _ask_for(only: Iterable[PublishedTable] | None) -> dict[str, list[str] | None]:
    return {"tables": None if only is None else [str(table.public) for table in only]}


def _tables(rows: Iterable[tuple[str, str, str]]) -> frozenset[PublishedTable]:
    return frozenset(
        PublishedTable(layer=Layer(layer), domain=domain, name=name) for layer, domain, name in rows
    )


def _read(rows: Sequence[DictRow]) -> Iterator[TableFreshness]:
    for row in rows:
        layer, domain, name = (row.pop(key) for key in ("layer", "domain", "table_name"))
        yield TableFreshness(
            table=PublishedTable(layer=Layer(layer), domain=domain, name=name),
            state=Freshness(row.pop("state")),
            newer_inputs=tuple(row.pop("newer_inputs")),
            **row,
        )


def _state(one: TableFreshness) -> dict[str, object]:
    return {
        "layer": str(one.table.layer),
        "domain": one.table.domain,
        "table_name": one.table.name,
        "state": str(one.state),
        "is_late": one.is_late,
        "since": one.since,
    }


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "?"


def _length(length: timedelta | None) -> str:
    """As specs write it: in the largest unit that says it exactly."""
    seconds = int(length.total_seconds()) if length is not None else 0
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
