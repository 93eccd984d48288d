"""Which warehouse a command works on."""

from __future__ import annotations

import argparse
import os

from medallion.local.databases import start_databases
from medallion.local.paths import LocalPaths


def add_table(parser: argparse.ArgumentParser) -> None:
    """The table that the command is about."""
    parser.add_argument("table", help="a published table: silver_cinema.movies")


def warehouse_url() -> str:
    """MEDALLION_WAREHOUSE_URL, or the local stack's warehouse (started where it is not)."""
    given = os.environ.get("MEDALLION_WAREHOUSE_URL")
    return given or start_databases(LocalPaths.of()).warehouse_url
