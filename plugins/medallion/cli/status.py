"""`status`: tables that are stale or older than what they read, and the room on the disk."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rich.table import Table

from medallion.cli.arguments import warehouse_url
from medallion.cli.console import console
from medallion.durations import duration
from medallion.errors import SetupError
from medallion.lake.snapshots import all_snapshots, describe_snapshots
from medallion.lake.storage import room_of
from medallion.prose import tally
from medallion.roots import lake_root
from medallion.warehouse.registry.behind import Behind, tables_behind
from medallion.warehouse.registry.bi import last_sync
from medallion.warehouse.registry.freshness import (
    TableFreshness,
    last_evaluation,
    table_freshness,
)
from medallion.warehouse.registry.notices import failing_channels
from medallion.warehouse.session.transaction import session

HELP = "show which tables are stale or older than what they read, and warn of a full disk"
TOLERATED = "24h"
UNWATCHED = timedelta(minutes=10)
"""`medallion.freshness` runs every minute: after this, something keeps it from doing so."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--tolerate DURATION]`, 24h by default."""
    parser.add_argument(
        "--tolerate",
        default=TOLERATED,
        metavar="DURATION",
        help=f"how long a gold table may be behind: 30m, 26h, 2d (default {TOLERATED})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print all of it; 1 if something needs a person: a late or stale table, a full disk."""
    tolerated = _read_tolerance(arguments.tolerate)
    with session(warehouse_url(), "reading the registry") as connection:
        behind = tables_behind(connection)
        declared = table_freshness(connection)
        looked = last_evaluation(connection)
        channels = failing_channels(connection)
        bi = last_sync(connection)
    late = [one for one in declared if one.is_late]
    room = room_of(lake_root())
    is_bi_failing = bi is not None and bi.failing_since is not None
    if bi is not None and bi.failing_since is not None:
        print(
            f"! Superset is not kept in step since {bi.failing_since:%Y-%m-%d %H:%M} UTC: "
            f"{bi.problem}"
        )
    for channel in channels:
        print(
            f"! {_wait(channel.waiting)} for the connection {channel.conn_id}, tried last "
            f"at {channel.failed_at:%Y-%m-%d %H:%M} UTC: {channel.error}"
        )
    if late:
        console().print(_late(late))
    elif declared:
        print(f"None of {tally(len(declared), 'declared table')} is stale.")
    if declared and (unwatched := _warn_unwatched(looked)):
        print(unwatched)
    if behind:
        console().print(_table(behind, tolerated))
    else:
        print("No gold table is older than what it reads.")
    if room:
        print(f"{'! ' if room.is_low else ''}{room}")
    if snapshots := all_snapshots(lake_root()):
        print(describe_snapshots(snapshots))
    too_long = any(one.age > tolerated for one in behind)
    return int(
        bool(late or channels or is_bi_failing) or too_long or (room is not None and room.is_low)
    )


def _wait(messages: int) -> str:
    return f"{tally(messages, 'message')} {'waits' if messages == 1 else 'wait'}"


def _read_tolerance(text: str) -> timedelta:
    try:
        return duration(text)
    except (KeyError, ValueError):
        raise SetupError(
            f"--tolerate {text} is not a length of time", remedy="write 30m, 26h or 2d"
        ) from None


def _warn_unwatched(looked: datetime | None) -> str:
    """A warning where nobody has kept the states for long; empty: somebody has."""
    if looked is None:
        return "! No run of the DAG medallion.freshness has ended yet: is it paused?"
    for_long = datetime.now(UTC) - looked
    if for_long < UNWATCHED:
        return ""
    return (
        f"! The last good run of the DAG medallion.freshness ended {looked:%Y-%m-%d %H:%M} UTC: "
        "is it paused, or does it fail?"
    )


def _late(late: Sequence[TableFreshness]) -> Table:
    shown = Table(title="Stale tables", title_justify="left")
    for column in ("table", "state", "since (UTC)", "why", "owner", "pipeline"):
        shown.add_column(column)
    for one in late:
        since = f"{one.since:%Y-%m-%d %H:%M:%S}"
        shown.add_row(
            str(one.table.public), str(one.state), since, one.reason(), one.owner, one.dag_id
        )
    return shown


def _table(behind: Sequence[Behind], tolerated: timedelta) -> Table:
    shown = Table(title="Gold tables that are older than what they read", title_justify="left")
    for column in ("", "table", "as of (UTC)", "behind for", "newer inputs", "pipeline"):
        shown.add_column(column)
    for one in behind:
        shown.add_row(
            "!" if one.age > tolerated else "",
            str(one.table.public),
            f"{one.as_of:%Y-%m-%d %H:%M:%S}",
            str(timedelta(seconds=int(one.age.total_seconds()))),
            ", ".join(one.newer_inputs),
            one.dag_id,
        )
    return shown
