"""What is wrong now, and which messages about it do not get through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medallion.catalogue.overview import TableRow
from medallion.warehouse.registry.bi import last_sync
from medallion.warehouse.registry.incidents import Incident, open_incidents
from medallion.warehouse.registry.notices import FailingChannel, failing_channels
from medallion.warehouse.session.transaction import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """Open incidents, the latest first, and connections that messages wait for."""

    incidents: Sequence[Incident] = ()
    channels: Sequence[FailingChannel] = ()
    bi_failing_since: datetime | None = None
    """Since when Superset is not kept in step; None: it is, or there is none. In UTC."""


def read_troubles(session: Session, domains: frozenset[str], only: str = "") -> Troubles:
    """Those of some domains; of a channel, the messages of theirs.

    Args:
        only: one of these; empty: all.
    """
    wanted = domains & {only} if only else domains
    return Troubles(
        incidents=[one for one in _latest(session) if one.domain in wanted],
        channels=failing_channels(session, wanted),
        bi_failing_since=_bi_failing_since(session),
    )


def troubles_of(session: Session, row: TableRow) -> Troubles:
    """Those of a table and of its pipeline as a whole; channels are those of its domain."""
    return Troubles(
        incidents=[
            one
            for one in _latest(session)
            if one.table == row.name or (one.table is None and one.dag_id == row.dag_id)
        ],
        channels=failing_channels(session, {row.table.domain}),
    )


def _bi_failing_since(session: Session) -> datetime | None:
    last = last_sync(session)
    return last.failing_since if last else None


def _latest(session: Session) -> list[Incident]:
    return list(reversed(open_incidents(session)))
