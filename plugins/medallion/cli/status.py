"""`status`: gold tables that are older than what they read, and the room on the disk."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta

from rich.table import Table

from medallion.cli.arguments import warehouse_url
from medallion.cli.console import console
from medallion.durations import duration
from medallion.errors import SetupError
from medallion.lake.storage import room_of
from medallion.roots import lake_root
from medallion.warehouse.registry.behind import Behind, tables_behind
from medallion.warehouse.session.transaction import session

HELP = "show which gold tables are older than what they read, and warn of a full disk"
TOLERATED = "24h"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long is too long."""
    parser.add_argument(
        "--tolerate",
        default=TOLERATED,
        metavar="DURATION",
        help=f"how long a gold table may be behind: 30m, 26h, 2d (default {TOLERATED})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print both; 1 when something of it needs a person."""
    tolerated = _tolerated(arguments.tolerate)
    with session(warehouse_url(), "reading the registry") as connection:
        behind = tables_behind(connection)
    room = room_of(lake_root())
    if behind:
        console().print(_table(behind, tolerated))
    else:
        print("No gold table is older than what it reads.")
    if room:
        print(f"{'! ' if room.is_low else ''}{room}")
    return int(any(one.age > tolerated for one in behind) or (room is not None and room.is_low))


def _tolerated(text: str) -> timedelta:
    try:
        return duration(text)
    except (KeyError, ValueError):
        raise SetupError(
            f"--tolerate {text} is not a length of time", remedy="write 30m, 26h or 2d"
        ) from None


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
