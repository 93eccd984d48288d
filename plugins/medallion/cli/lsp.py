"""`lsp`: the language server of specs and gold SQL, over the standard input and output."""

from __future__ import annotations

import argparse
from pathlib import Path

from medallion.cli.arguments import project_folder
from medallion.errors import SetupError
from medallion.roots import project_root

HELP = "serve an editor: what is wrong with a spec as it is typed, and what its words mean"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--root DIR]`."""
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Serve until the editor ends it; 0.

    Raises:
        SetupError: pygls is not installed, or there is no project.
    """
    root = project_folder(arguments.root)
    try:
        from medallion.language_server.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise SetupError(
            "the package `pygls` is not installed",
            remedy="install the line of pygls in requirements-extras.in, with -c requirements.txt",
        ) from None
    serve(root)
    return 0
