"""Messages about incidents: first it is decided who gets them, then they are sent.

No run of a pipeline waits for it, and none fails by it. A channel that cannot be reached is tried
again, holds no other one up, and is reported by `status`. After a crash a message may come twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from medallion.errors import MedallionError, SetupError
from medallion.operations.alerts.channel import send
from medallion.operations.alerts.message import message_about
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import AlertChannel
from medallion.spec.files.access import connection_refusal, load_access
from medallion.warehouse.registry import notices as registry
from medallion.warehouse.registry.incidents import Incident
from medallion.warehouse.registry.notices import Notice
from medallion.warehouse.session.transaction import session

AT_ONCE = 5
"""More messages than these, due through one channel, are sent as one that lists them."""
HOURLY = 30
"""Messages through one connection within an hour; what comes on top waits, and is then listed."""
SECONDS = 40.0
"""For all that is due in one round; the next one begins within a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a round: messages sent, notices that wait, and why."""

    messages: int
    waiting: int
    problems: tuple[str, ...]


def send_alerts(surroundings: Surroundings, base_url: str) -> Sent:
    """Send what is due.

    Args:
        base_url: of Airflow, for links in messages; empty: none.

    Raises:
        WarehouseUnavailable: the registry does not answer. Nothing else is raised.
    """
    with session(surroundings.warehouse_url, "routing alerts") as connection:
        channels = registry.read_declared_channels(connection)
        for incident in registry.find_unrouted(connection):
            registry.route(connection, incident, channels_of(incident, channels))
    with session(surroundings.warehouse_url, "reading what is to be sent") as connection:
        due = registry.claim(connection)
    until = time.monotonic() + SECONDS
    messages, waiting, problems = 0, 0, []
    for together in _by_channel(due):
        try:
            done = _send(together, surroundings, base_url, until)
        except MedallionError as error:
            problem = f"{type(error).__name__}: {error.problem}"
            _keep_failure(surroundings, together, problem)
            surroundings.log.warning("%d messages wait: %s", len(together), error)
            problems.append(problem)
            done = 0
        messages += bool(done)
        waiting += len(together) - done
    return Sent(messages=messages, waiting=waiting, problems=tuple(problems))


def channels_of(
    incident: Incident, channels: Mapping[str, tuple[str, tuple[AlertChannel, ...]]]
) -> tuple[AlertChannel, ...]:
    """Those of the incident's pipeline; of a spec that has never run, those of its domain.yaml."""
    if incident.dag_id in channels:
        return channels[incident.dag_id][1]
    found = {
        (channel.conn_id, channel.to): channel
        for domain, declared in channels.values()
        for channel in declared
        if domain == incident.domain and channel.of_domain
    }
    return tuple(found.values())


def _by_channel(due: Sequence[Notice]) -> Iterator[Sequence[Notice]]:
    """What goes into one message each, in the order in which it happened."""
    groups: dict[tuple[str, tuple[str, ...]], list[Notice]] = {}
    for one in due:
        groups.setdefault((one.conn_id, one.receivers), []).append(one)
    for group in groups.values():
        if len(group) > AT_ONCE:
            yield group
        else:
            yield from ([one] for one in group)


def _send(
    together: Sequence[Notice], surroundings: Surroundings, base_url: str, until: float
) -> int:
    """How many of the notices went out: all of them, or none where they have to wait."""
    conn_id, url = together[0].conn_id, surroundings.warehouse_url
    with session(url, "counting messages") as connection:
        is_over = time.monotonic() > until
        if is_over or registry.count_sent_lately(connection, conn_id) >= HOURLY:
            registry.put_off(connection, together)
            return 0
    _hold_to_access(together, surroundings)
    send(surroundings.connection(conn_id), together[0].receivers, message_about(together, base_url))
    with session(url, "recording a message") as connection:
        registry.keep_sent(connection, together)
    return len(together)


def _hold_to_access(together: Sequence[Notice], surroundings: Surroundings) -> None:
    """What an operator has taken away since the spec was accepted.

    Raises:
        SetupError: the domain may not use the connection any more.
        SpecError: specs/access.yaml is broken.
    """
    access = load_access(surroundings.project_root.resolve())
    for domain in {one.incident.domain for one in together}:
        if refusal := connection_refusal(access, domain, together[0].conn_id):
            raise SetupError(refusal[0], remedy=refusal[1])


def _keep_failure(surroundings: Surroundings, together: Sequence[Notice], problem: str) -> None:
    with session(surroundings.warehouse_url, "recording a message") as connection:
        registry.keep_failure(connection, together, problem)
