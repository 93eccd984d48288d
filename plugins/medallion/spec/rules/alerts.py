"""Rules on the channels that a pipeline reports to."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.spec.files.access import describe_own
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.alerts import AlertSpec
from medallion.spec.rules.connections import connection_problem
from medallion.spec.rules.context import RuleContext


def alert_connection(context: RuleContext) -> Iterator[Finding]:
    """Messages go through a connection that the domain may use, each of them named once."""
    channels, own = _channels(context)
    for at, channel in enumerate(channels):
        where: KeyPath = ("alerts", at, "conn_id") if own else ()
        whose = "" if own else "alerts of domain.yaml: "
        if channel.conn_id in (other.conn_id for other in channels[:at]):
            yield Finding(
                where=where,
                problem=f"{whose}the connection {channel.conn_id} is listed here twice",
                remedy="write one entry with all its events and receivers",
            )
        elif own_login := describe_own(channel.conn_id):
            yield Finding(
                where=where,
                problem=f"{whose}{channel.conn_id} is {own_login}, not a channel",
                remedy="name a connection of a mail server, of Slack or Teams, or of a webhook",
            )
        elif problem := connection_problem(context, channel.conn_id):
            yield Finding(where=where, problem=f"{whose}{problem[0]}", remedy=problem[1])


def _channels(context: RuleContext) -> tuple[tuple[AlertSpec, ...], bool]:
    """Those that hold, and whether they are the spec's own."""
    if context.spec.alerts is not None:
        return context.spec.alerts, True
    return context.domain.alerts or (), False
