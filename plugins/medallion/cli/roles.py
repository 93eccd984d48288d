"""`roles`: create the reader roles that the specs grant to. An administrator's command."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from medallion.errors import SetupError
from medallion.local.paths import PROJECT_ROOT
from medallion.plan.grants import roles_of
from medallion.plan.sql_reader import sql_reader
from medallion.spec.load import load_all
from medallion.warehouse.connection import connect, translated
from medallion.warehouse.roles import ensure_roles

HELP = "create the reader roles that the specs grant to (needs a role that may create roles)"
ADMIN_URL = "MEDALLION_ADMIN_URL"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the project is; the URL comes from the environment, so that no shell keeps it."""
    parser.add_argument("--root", type=Path, default=PROJECT_ROOT, help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Create what is missing, and say what that was."""
    url = os.environ.get(ADMIN_URL)
    if not url:
        raise SetupError(
            f"{ADMIN_URL} is not set",
            remedy=f"{ADMIN_URL}=postgresql://admin:…@host/warehouse python -m medallion.cli roles",
        )
    roles = roles_of(load_all(arguments.root, sql_reader(arguments.root)).specs)
    with translated("creating roles"), connect(url) as admin:
        created = ensure_roles(admin, roles)
    for role in roles:
        print(f"{role}: {'created' if role in created else 'was there'}")
    return 0
