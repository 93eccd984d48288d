"""Which tables are late: as it is kept every minute, and asked now where that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from medallion.names import PublishedTable
from medallion.warehouse.catalogue.overview import TableState
from medallion.warehouse.registry.freshness import last_evaluation, late_tables, read_late
from medallion.warehouse.session.transaction import Session

TRUSTED_FOR = timedelta(minutes=5)
"""How old the kept states may be: the DAG `medallion.freshness` keeps them once a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """The tables that are late, as of a moment in UTC."""

    late: frozenset[PublishedTable]
    as_of: datetime


def find_late(session: Session, known: Sequence[TableState]) -> Lateness:
    """The late ones of some tables.

    What was published since the states were kept is evaluated now; where nobody has kept them
    lately, everything is.
    """
    now, kept_at = datetime.now(UTC), last_evaluation(session)
    if kept_at is None or now - kept_at > TRUSTED_FOR:
        return Lateness(late=late_tables(session), as_of=now)
    again = [one.table for one in known if one.published_at and one.published_at > kept_at]
    late = read_late(session)
    if again:
        late = (late - frozenset(again)) | late_tables(session, again)
    return Lateness(late=late, as_of=kept_at)
