"""Notices: the messages about incidents, each through one connection, until they are sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow, class_row, dict_row

from medallion.plan.model import AlertChannel
from medallion.spec.models.alerts import AlertEvent
from medallion.warehouse.registry.incidents import SQL, Incident
from medallion.warehouse.session.statements import statements

OPENED, CLOSED = "opened", "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message that is due: `opened` or `closed`, of which incident, through what, to whom."""

    incident: Incident
    notice: str
    conn_id: str
    receivers: tuple[str, ...]
    attempts: int
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingChannel:
    """A connection whose messages wait, because the last try failed. Times in UTC."""

    conn_id: str
    waiting: int
    oldest: datetime
    failed_at: datetime
    error: str
    domains: Sequence[str]
    """Whose incidents the messages are about."""


def find_unrouted(connection: psycopg.Connection) -> Sequence[Incident]:
    """Incidents that began or ended, and of which nobody has decided whom to send a message."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements(SQL)["unrouted"]).fetchall()
    return [Incident(**{**row, "event": AlertEvent(row["event"])}) for row in rows]


def read_declared_channels(
    connection: psycopg.Connection,
) -> Mapping[str, tuple[str, tuple[AlertChannel, ...]]]:
    """By DAG id, its domain and the channels that its spec or its domain names."""
    rows = connection.execute(statements(SQL)["channels"]).fetchall()
    return {dag_id: (domain, tuple(map(_channel, said))) for dag_id, domain, said in rows}


def route(
    connection: psycopg.Connection, incident: Incident, channels: Iterable[AlertChannel]
) -> None:
    """Have messages about an incident sent through these; about its end, through those that were to
    report its beginning."""
    sql, key = statements(SQL), {"incident_id": incident.incident_id}
    for channel in channels:
        values = {**key, "conn_id": channel.conn_id, "receivers": list(channel.to)}
        if _hears(channel, incident):
            connection.execute(sql["add_notice"], {**values, "notice": OPENED})
        if incident.closed_at is None or incident.is_passing:
            continue
        opened = connection.execute(sql["was_opened_to"], values).fetchone()
        if opened and opened[0] and AlertEvent.RECOVERED in channel.events:
            connection.execute(sql["add_notice"], {**values, "notice": CLOSED})
    connection.execute(sql["keep_routed"], key)


def claim(connection: psycopg.Connection) -> Sequence[Notice]:
    """What is due now, in the order in which it happened. It is taken for five minutes, so that
    nobody else sends it; what is neither kept as sent nor as failed by then is due again."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements(SQL)["claim"]).fetchall()
    return sorted(
        map(_notice, rows), key=lambda one: (one.incident.incident_id, one.notice == CLOSED)
    )


def count_sent_lately(connection: psycopg.Connection, conn_id: str) -> int:
    """How many messages have gone through a connection within the last hour."""
    row = connection.execute(statements(SQL)["sent_lately"], {"conn_id": conn_id}).fetchone()
    return int(row[0]) if row else 0


def keep_sent(connection: psycopg.Connection, notices: Iterable[Notice]) -> None:
    """Say that they were sent, all in one message."""
    _each(connection, "keep_sent", notices)


def keep_failure(connection: psycopg.Connection, notices: Iterable[Notice], error: str) -> None:
    """Say that they could not be sent: they are due again after 1, 2, 4 … minutes, at most an hour.

    Args:
        error: why, without secrets.
    """
    _each(connection, "keep_failure", notices, error=error)


def put_off(connection: psycopg.Connection, notices: Iterable[Notice]) -> None:
    """Give back what was claimed and not tried; it is due again in a minute."""
    _each(connection, "put_off", notices)


def failing_channels(
    connection: psycopg.Connection, domains: Collection[str] | None = None
) -> Sequence[FailingChannel]:
    """The connections that messages do not get through at the moment.

    Args:
        domains: whose messages count; None: everybody's.
    """
    asked = {"domains": None if domains is None else list(domains)}
    with connection.cursor(row_factory=class_row(FailingChannel)) as cursor:
        return cursor.execute(statements(SQL)["failing_channels"], asked).fetchall()


def _each(
    connection: psycopg.Connection, statement: str, notices: Iterable[Notice], **more: object
) -> None:
    rows = [
        {
            "incident_id": one.incident.incident_id,
            "conn_id": one.conn_id,
            "notice": one.notice,
            **more,
        }
        for one in notices
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statements(SQL)[statement], rows)


def _hears(channel: AlertChannel, incident: Incident) -> bool:
    """Whether it is to be sent there. A gate that stays shut, and a publication that is refused,
    are failed runs too."""
    failed = (AlertEvent.GATE_FAILED, AlertEvent.QUARANTINE_ABOVE_LIMIT)
    return incident.event in channel.events or (
        incident.event in failed and AlertEvent.RUN_FAILED in channel.events
    )


def _channel(said: Mapping[str, object]) -> AlertChannel:
    return AlertChannel(
        conn_id=str(said["conn_id"]),
        events=tuple(AlertEvent(one) for one in _texts(said["events"])),
        to=tuple(_texts(said["to"])),
        of_domain=said["of_domain"] is True,
    )


def _texts(said: object) -> Iterator[str]:
    return map(str, said if isinstance(said, list) else ())


def _notice(row: DictRow) -> Notice:
    own = {key: row.pop(key) for key in ("notice", "conn_id", "attempts", "owner")}
    receivers = tuple(row.pop("receivers"))
    incident = Incident(**{**row, "event": AlertEvent(row["event"])})
    return Notice(incident=incident, receivers=receivers, **own)
