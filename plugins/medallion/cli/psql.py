"""`psql`: opens psql on the warehouse; no password is typed or shown."""

from __future__ import annotations

import argparse
import os
import shutil

from medallion.cli.arguments import warehouse_url
from medallion.cli.roles import admin_url
from medallion.errors import SetupError
from medallion.warehouse.session.login import make_login

HELP = "open psql on the local warehouse"

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[-c STATEMENT] [--admin]`; without a statement, an interactive session."""
    parser.add_argument("-c", dest="statement", help="run one statement and end")
    parser.add_argument(
        "--admin", action="store_true",
        help="as the administrator, who may make roles: the local stack's, or MEDALLION_ADMIN_URL",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Replace this process by psql. The password goes through PGPASSWORD: other users cannot see
    it.

    Raises:
        SetupError: there is no psql on this machine, or nobody says who the administrator is.
    """
    program = shutil.which("psql")
    if program is None:
        raise SetupError(
            "there is no psql on this machine",
            remedy="install PostgreSQL's client, or use any other: "
            "`python -m medallion.local env --secrets` says where the server is",
        )
    url = warehouse_url()  # starts the local server where it does not run
    parts = make_login(admin_url() if arguments.admin else url)
    found = {name: str(parts[key]) for key, name in _VARIABLES.items() if parts.get(key)}
    words = [program, *(["-c", arguments.statement] if arguments.statement else [])]
    os.execve(program, words, {**os.environ, **found})  # noqa: S606  # no shell is meant
