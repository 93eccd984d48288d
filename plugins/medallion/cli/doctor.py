"""`doctor`: says which layer between here and the warehouse fails, and why."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.cli.arguments import (
    WAREHOUSE_URL,
    project_folder,
    uses_local_stack,
    warehouse_url,
)
from medallion.compiler.project import read_project
from medallion.local.paths import LocalPaths
from medallion.local.settings import prepare
from medallion.names import WAREHOUSE_CONN_ID
from medallion.roots import lake_root, project_root
from medallion.warehouse.doctor.login import has_unescaped_password

if TYPE_CHECKING:
    from medallion.warehouse.doctor.finding import Finding

HELP = "look at each layer between here and the warehouse, the lake and the sources"

_SIGNS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--json] [--root DIR] [--adopt-lake] [--adopt-server] [--without-specs]`."""
    parser.add_argument(
        "--adopt-lake", action="store_true",
        help="first register the lake that this host sees as the one that all hosts have to see",
    )  # fmt: skip
    parser.add_argument(
        "--adopt-server", action="store_true",
        help="first register the PostgreSQL that answers as the one that the warehouse is on",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="for programs: a list of findings")
    parser.add_argument(
        "--without-specs", action="store_true",
        help="not what specs name, sources and roles: before a server starts, one spec's source "
        "that is down concerns nobody else",
    )  # fmt: skip
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each layer, and for each that fails its likely cause and a command that
    confirms it. 1 where one has failed: as an init container, it keeps the others from starting.
    """
    from medallion.cli.surroundings import airflow_connection
    from medallion.operations.doctor.airflow import examine_airflow
    from medallion.operations.doctor.examine import examine
    from medallion.operations.doctor.files import examine_files

    if arguments.adopt_lake:
        _adopt_lake()
    if arguments.adopt_server:
        _adopt_server()
    project = None if arguments.without_specs else read_project(project_folder(arguments.root))
    specs = project.specs if project else ()
    found = list(examine(specs, _warehouse_url, lake_root(), airflow_connection))
    if project:
        found += [*examine_airflow(), *examine_files(arguments.root, specs)]
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
    else:
        print(_text(found))
        if project and project.issues:
            print("\nSome specs are refused, and their connections were not looked at: validate")
    return 1 if any(one.verdict == "failed" for one in found) else 0


def _adopt_lake() -> None:
    from medallion.operations.same_lake import adopt_lake

    lake = adopt_lake(_warehouse_url(), lake_root())
    print(f"{lake.root} is registered as the warehouse's lake.\n", file=sys.stderr)


def _adopt_server() -> None:
    from medallion.operations.same_server import adopt_server

    server = adopt_server(_warehouse_url(), lake_root())
    print(f"{server} is registered as the warehouse's PostgreSQL.\n", file=sys.stderr)


def _warehouse_url() -> str:
    """As tasks have it, where a variable gives them the connection; else as commands do. Of the
    local stack, the sources' connections come with it."""
    from medallion.cli.surroundings import enter_stack

    given = os.environ.get(f"AIRFLOW_CONN_{WAREHOUSE_CONN_ID.upper()}", "")
    if os.environ.get(WAREHOUSE_URL) or not given:
        url = warehouse_url()
        if uses_local_stack():
            enter_stack(prepare(LocalPaths.of()))
        return url
    if has_unescaped_password(given):  # Airflow would take the rest of it for the host
        return given
    from medallion.airflow import connections

    return connections.warehouse_url(WAREHOUSE_CONN_ID)


def _text(found: Sequence[Finding]) -> str:
    lines: list[str] = []
    for one in found:
        lines.append(f"{_SIGNS[one.verdict]} {one.subject}: {one.layer}: {one.says}")
        if one.cause:
            lines.append(f"    likely: {one.cause}")
        if one.confirm:
            lines.append(f"    see it: {one.confirm}")
    failed = [f"{one.subject}: {one.layer}" for one in found if one.verdict == "failed"]
    lines.append(f"\nFailed: {'; '.join(failed)}." if failed else "\nAll layers answer.")
    return "\n".join(lines)
