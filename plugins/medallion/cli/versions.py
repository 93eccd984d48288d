"""`versions TABLE`: lists the versions of a published table that still exist."""

from __future__ import annotations

import argparse

from rich.table import Table

from medallion.cli.arguments import add_table, warehouse_url
from medallion.cli.console import console
from medallion.names import environment_of
from medallion.operations.pins import pin_version, unpin_version
from medallion.operations.rollback import versions
from medallion.roots import lake_root
from medallion.steps.publish.primary import refuse_former_server
from medallion.warehouse.registry.named_table import find_known_table
from medallion.warehouse.registry.pins import pins_of
from medallion.warehouse.session.transaction import session

HELP = "list the versions of a published table, or pin one"
BY = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`TABLE [--pin VERSION | --unpin VERSION]`."""
    add_table(parser)
    change = parser.add_mutually_exclusive_group()
    change.add_argument(
        "--pin", type=int, metavar="VERSION", help="keep it, however many are published"
    )
    change.add_argument(
        "--unpin", type=int, metavar="VERSION", help="leave it to keep_versions again"
    )


def run(arguments: argparse.Namespace) -> int:
    """Pin or unpin one, where that is asked for; print them, the latest first; returns 0."""
    url = warehouse_url()
    table = find_known_table(arguments.table, url)
    if (arguments.pin, arguments.unpin) != (None, None) and not environment_of(table.domain):
        refuse_former_server(url, lake_root(), f"pinning a version of {table.public}")
    if arguments.pin is not None:
        pin_version(url, table, arguments.pin, by=BY)
    if arguments.unpin is not None:
        unpin_version(url, table, arguments.unpin, by=BY)
    with session(url, f"reading the pins of {table.public}") as connection:
        pins = pins_of(connection, table)
    shown = Table(title=str(table.public), title_justify="left")
    for column in ("version", "current", "pinned by", "rows", "published at (UTC)", "by run"):
        shown.add_column(column, justify="right" if column in ("version", "rows") else "left")
    for publication in versions(url, table):
        shown.add_row(
            str(publication.version),
            "●" if publication.is_current else "",
            pins[publication.version].pinned_by if publication.version in pins else "",
            f"{publication.rows_total:,}",
            f"{publication.published_at:%Y-%m-%d %H:%M:%S}",
            f"{publication.dag_id} {publication.run_id}",
        )
    console().print(shown)
    return 0
