"""What several commands take: the project, a table, and the warehouse that they work on."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from medallion.errors import SetupError
from medallion.local.databases import start_databases
from medallion.local.paths import LocalPaths
from medallion.warehouse.session.connection import is_database_url

WAREHOUSE_URL = "MEDALLION_WAREHOUSE_URL"


def project_folder(root: Path) -> Path:
    """The folder, made absolute.

    Raises:
        SetupError: it has no specs/: a command would find nothing wrong, and nothing to do.
    """
    folder = root.resolve()
    if not (folder / "specs").is_dir():
        raise SetupError(f"there is no folder {folder / 'specs'}", remedy="name it with --root DIR")
    return folder


def add_table(parser: argparse.ArgumentParser) -> None:
    """The table that the command is about."""
    parser.add_argument("table", help="a published table: silver_cinema.movies")


def warehouse_url() -> str:
    """MEDALLION_WAREHOUSE_URL, or the local stack's warehouse (started where it is not)."""
    given = os.environ.get(WAREHOUSE_URL)
    if given:
        return database_url(WAREHOUSE_URL, given)
    return start_databases(LocalPaths.of()).warehouse_url


def database_url(variable: str, text: str) -> str:
    """What an environment variable says, where it is the address of a database.

    Raises:
        SetupError: it is not; the text, which may hold a password, is not shown.
    """
    if not is_database_url(text):
        raise SetupError(
            f"{variable} is not the URL of a database",
            remedy=f"{variable}=postgresql://user:password@host:5432/warehouse",
        )
    return text
