"""`restate TABLE --from … --to … [--run]`: runs again what was made of restated intervals."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from medallion.cli.arguments import add_stretch, add_table, read_stretch, warehouse_url
from medallion.cli.surroundings import surroundings
from medallion.compiler.project import read_project
from medallion.operations.downstream import find_downstream, find_publisher, find_stretch
from medallion.operations.restate import restate
from medallion.plan.make import make_plan
from medallion.prose import tally
from medallion.roots import project_root
from medallion.schedules.clock import zone_of
from medallion.warehouse.registry.named_table import find_known_table

HELP = "say that intervals of a table were restated, and run again what was made of them"

BY = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`TABLE --from DATE [--to DATE] [--run] [--root DIR]`; `--to` is inclusive."""
    add_table(parser)
    add_stretch(parser)
    parser.add_argument(
        "--run",
        dest="is_meant",
        action="store_true",
        help="write it into the journal, and run; else it is shown",
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print what would run, or run it; returns 0.

    Raises:
        SetupError: there is no such table, or it has no intervals there.
        MedallionError: what a run raised; started again, it does what is left.
    """
    table = find_known_table(arguments.table, warehouse_url())
    plans = [make_plan(loaded) for loaded in read_project(arguments.root).specs]
    publisher = find_publisher(plans, table)
    zone = zone_of(publisher.settings.timezone)
    first, last = read_stretch(arguments, zone)
    stretch = find_stretch(publisher, first, last)
    downstream = find_downstream(plans, table, stretch, datetime.now(UTC))
    print(f"What follows where {table.public} was restated: {stretch.in_words(zone.key)}")
    for one in downstream:
        print(f"  {one}")
    if not downstream:
        print("  no gold table reads it")
    elif arguments.is_meant:
        runs = restate(
            table,
            stretch,
            downstream,
            replace(surroundings(), project_root=arguments.root),
            by=BY,
        )
        print(f"{tally(runs, 'run')} done")
    else:
        print("Nothing was run. With --run it is; intervals that were never made are not.")
    return 0
