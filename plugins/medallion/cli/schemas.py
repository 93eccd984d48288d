"""`schemas`: JSON schemas that know the project's own names, for editors without our server."""

from __future__ import annotations

import argparse
from pathlib import Path

from medallion.authoring.project_schemas import FOLDER, write_schemas
from medallion.cli.arguments import project_folder
from medallion.roots import project_root
from medallion.workbench.comparison.sides import read_side

HELP = "write JSON schemas by which an editor completes the project's own names"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--root DIR]`."""
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Write what is new, and say where; 0."""
    root = project_folder(arguments.root)
    side = read_side(root)
    written = write_schemas(root, side)
    for path in written:
        print(path.relative_to(root))
    if side.refused:
        print(f"! {len(side.refused)} specs are refused, and their names are not known: validate")
    if written:
        print("`validate` keeps them as the project is.")
    else:
        print(f"The schemas in {FOLDER}/ are as the project is.")
    return 0
