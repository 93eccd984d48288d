"""`stubs`: writes the domains' DAG files, for images and checkouts that are read-only later."""

from __future__ import annotations

import argparse
from pathlib import Path

from medallion.airflow.stubs import FOLDER, find_stubbed, keep_stubs
from medallion.cli.arguments import project_folder
from medallion.local.paths import LocalPaths

HELP = "write the DAG files of each domain into dags/domains/ (Airflow's processes do it too)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--root DIR] [--dags DIR]`."""
    paths = LocalPaths.of()
    parser.add_argument("--root", type=Path, default=paths.project_root, help="the project")
    parser.add_argument("--dags", type=Path, default=paths.dags_folder, help="the folder of DAGs")


def run(arguments: argparse.Namespace) -> int:
    """Write the missing files and print the folders; 1 if there are none afterwards."""
    keep_stubs(arguments.dags, project_folder(arguments.root))
    there = find_stubbed(arguments.dags)
    for domain in sorted(there):
        print(f"{arguments.dags / FOLDER / domain}")
    return 0 if there else 1
