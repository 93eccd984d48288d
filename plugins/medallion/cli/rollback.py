"""`rollback TABLE [--to VERSION] [--alone]`: shows readers an earlier version."""

from __future__ import annotations

import argparse

from medallion.cli.arguments import add_table, warehouse_url
from medallion.operations.rollback import rollback
from medallion.prose import tally
from medallion.roots import lake_root
from medallion.warehouse.registry.named_table import find_known_table

BY = "command line"
HELP = "go back to an earlier version of a published table"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`TABLE [--to VERSION] [--alone]`; the version before the current one by default."""
    add_table(parser)
    parser.add_argument(
        "--to", type=int, metavar="VERSION", help="which one; the one before by default"
    )

    parser.add_argument(
        "--alone",
        action="store_true",
        help="leave the tables that are published together with it as they are",
    )


def run(arguments: argparse.Namespace) -> int:
    """Show the earlier version and print which one; raises what `operations.rollback` raises."""
    url = warehouse_url()
    table = find_known_table(arguments.table, url)
    shown = rollback(url, table, arguments.to, by=BY, alone=arguments.alone, lake_root=lake_root())
    for one, publication in shown.items():
        print(
            f"{one.public} shows version {publication.version} again: "
            f"{tally(publication.rows_total, 'row')}, published "
            f"{publication.published_at:%Y-%m-%d %H:%M:%S} UTC by "
            f"{publication.run_id}. The next publication takes over from it."
        )
    return 0
