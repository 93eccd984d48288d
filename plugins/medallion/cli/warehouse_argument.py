"""Which warehouse a command works on."""

from __future__ import annotations

import argparse
import os

from medallion.errors import SetupError
from medallion.local.databases import start_databases
from medallion.local.paths import LocalPaths
from medallion.names import Layer, PublishedTable, TableName


def add_table(parser: argparse.ArgumentParser) -> None:
    """The table that the command is about."""
    parser.add_argument("table", help="a published table: silver_cinema.movies")


def warehouse_url() -> str:
    """MEDALLION_WAREHOUSE_URL, or the local stack's warehouse (started where it is not)."""
    given = os.environ.get("MEDALLION_WAREHOUSE_URL")
    return given or start_databases(LocalPaths.of()).warehouse_url


def published_table(text: str) -> PublishedTable:
    """The table that `silver_cinema.movies` names.

    Raises:
        SetupError: it is not the name of a published table.
    """
    name = TableName.parse(text)
    layer, _, domain = name.schema.partition("_")
    if layer not in (Layer.SILVER, Layer.GOLD) or not domain or not name.table:
        raise SetupError(
            f"{text!r} is not the name of a published table",
            remedy="write silver_<domain>.<dataset> or gold_<domain>.<table>",
        )
    return PublishedTable(layer=Layer(layer), domain=domain, name=name.table)
