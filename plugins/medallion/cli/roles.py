"""`roles`: brings the database's roles and rights in step with the specs. For an administrator."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from medallion.cli.arguments import WAREHOUSE_URL, database_url, project_folder, warehouse_url
from medallion.compiler.project import read_project
from medallion.errors import Issue, SetupError
from medallion.local.databases import WAREHOUSE
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.access.making import ensure_journal
from medallion.operations.access.setting import read_journal_settings
from medallion.roots import IS_INSTALLED, project_root
from medallion.spec.files.loaded import LoadedSpec
from medallion.warehouse.roles.bi_login import ensure_bi_login
from medallion.warehouse.roles.reconcile import list_workers, reconcile
from medallion.warehouse.session.connection import connect, translate_errors

HELP = "bring the database's roles and rights in step with the specs, and say what has changed"
ADMIN_URL = "MEDALLION_ADMIN_URL"
BI_PASSWORD = "MEDALLION_BI_PASSWORD"  # noqa: S105  # the variable's name
"""Where it is set, the role that Superset logs in as exists, and has this password."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--root DIR]`. URLs come from the environment, so that no shell history keeps them."""
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Create, grant and revoke; prints a line for each change. A second run changes nothing."""
    root = project_folder(arguments.root)
    loader_url = warehouse_url()
    project = read_project(root)
    changes = 0
    changed = reconcile(admin_url(), loader_url, project.specs)
    for line in itertools.chain(changed, _journal(project.specs, loader_url), _bi_login()):
        changes += 1
        print(line)
    if not changes:
        print("Roles and rights are as the specs say.")
    _name_refused(project.issues)
    return 0


def _journal(specs: Sequence[LoadedSpec], loader_url: str) -> Iterator[str]:
    settings = read_journal_settings("" if os.environ.get(ADMIN_URL) else _local_log())
    yield from ensure_journal(admin_url(), loader_url, settings, list_workers(specs, loader_url))


def _local_log() -> str:
    return str(EmbeddedPostgres(LocalPaths.of().postgres).log)


def _bi_login() -> Iterator[str]:
    if password := os.environ.get(BI_PASSWORD):
        with translate_errors("creating roles"), connect(admin_url()) as admin:
            yield from ensure_bi_login(admin, password)


def _name_refused(issues: Sequence[Issue]) -> None:
    """On stderr: who has just added a role to a refused spec would look for it in vain."""
    if files := sorted({issue.path for issue in issues}):
        print(
            f"Left as they are, because of problems in {', '.join(files)}: roles and rights of the "
            "specs that are refused. `validate` shows the problems.",
            file=sys.stderr,
        )


def admin_url() -> str:
    """MEDALLION_ADMIN_URL, or the local stack's superuser.

    Raises:
        SetupError: it is not set, and the warehouse is another one.
    """
    given = os.environ.get(ADMIN_URL)
    if given:
        return database_url(ADMIN_URL, given)
    if os.environ.get(WAREHOUSE_URL) or IS_INSTALLED:
        raise SetupError(
            f"{ADMIN_URL} is not set",
            remedy=f"{ADMIN_URL}=postgresql://admin:…@host/warehouse python -m medallion.cli …",
        )
    return EmbeddedPostgres(LocalPaths.of().postgres).url(WAREHOUSE)
