"""`snapshot TABLE`: keeps a published version as Parquet files in the lake, whatever is dropped."""

from __future__ import annotations

import argparse

from rich.table import Table

from medallion.cli.arguments import add_table, warehouse_url
from medallion.cli.console import console
from medallion.lake.snapshots import Snapshot, folder_of, snapshots_of
from medallion.names import PublishedTable
from medallion.operations.snapshots import drop, take_snapshot
from medallion.prose import tally
from medallion.roots import lake_root
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.registry.named_table import find_known_table

HELP = "keep a published version as Parquet files in the lake, list them, or drop one"
BY = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`TABLE [--version N | --as-of MOMENT | --run RUN] [--to NAME]`, `--list` or `--drop NAME`."""
    add_table(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--version", type=int, metavar="N", help="default: what is published now")
    which.add_argument("--as-of", metavar="MOMENT", help="what readers saw then, in UTC")
    which.add_argument("--run", dest="of_run", metavar="RUN", help="what this run published")
    parser.add_argument("--to", default="", metavar="NAME", help="its name; by default v3-118")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--list", action="store_true", help="list the table's snapshots")
    other.add_argument("--drop", metavar="NAME", help="delete one for good")


def run(arguments: argparse.Namespace) -> int:
    """Take, list or drop; prints what there is, and returns 0."""
    url, root = warehouse_url(), lake_root()
    table = find_known_table(arguments.table, url)
    if arguments.drop:
        gone = drop(url, root, table, arguments.drop, by=BY)
        print(
            f"dropped {gone.name} of {gone.table}: {tally(gone.rows, 'row')}, {gone.bytes:,} bytes"
        )
    elif arguments.list:
        console().print(_table(table, snapshots_of(root, table.public)))
    else:
        pin = Pin.of(version=arguments.version, as_of=arguments.as_of, run=arguments.of_run)
        taken = take_snapshot(url, root, table, pin, name=arguments.to, by=BY)
        print(
            f"{taken.table}: {taken.name}, version {taken.lineage['version']}, "
            f"{tally(taken.rows, 'row')}"
        )
        print(f"  {folder_of(root, table.public, taken.name)}")
        print(f"  {taken.digest}")
    return 0


def _table(table: PublishedTable, found: tuple[Snapshot, ...]) -> Table:
    shown = Table(title=f"Snapshots of {table.public}", title_justify="left")
    for column in ("name", "version", "rows", "bytes", "taken at (UTC)", "digest"):
        shown.add_column(column, justify="right" if column in _NUMBERS else "left")
    for one in found:
        shown.add_row(
            one.name,
            str(one.lineage["version"]),
            f"{one.rows:,}",
            f"{one.bytes:,}",
            f"{one.taken_at:%Y-%m-%d %H:%M:%S}",
            one.digest.removeprefix("sha256:")[:12],
        )
    return shown


_NUMBERS = frozenset(("version", "rows", "bytes"))
