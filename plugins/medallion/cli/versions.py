"""`versions TABLE`: lists the versions of a published table that still exist."""

from __future__ import annotations

import argparse

from rich.table import Table

from medallion.cli.arguments import add_table, warehouse_url
from medallion.cli.console import console
from medallion.operations.rollback import versions
from medallion.warehouse.registry.named_table import known_table

HELP = "list the versions of a published table"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`TABLE`."""
    add_table(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print them, the latest first; returns 0."""
    table = known_table(arguments.table, warehouse_url())
    shown = Table(title=str(table.public), title_justify="left")
    for column in ("version", "current", "rows", "published at (UTC)", "by run"):
        shown.add_column(column, justify="right" if column in ("version", "rows") else "left")
    for publication in versions(warehouse_url(), table):
        shown.add_row(
            str(publication.version),
            "●" if publication.is_current else "",
            f"{publication.rows_total:,}",
            f"{publication.published_at:%Y-%m-%d %H:%M:%S}",
            f"{publication.dag_id} {publication.run_id}",
        )
    console().print(shown)
    return 0
