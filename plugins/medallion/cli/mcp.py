"""`mcp`: serves a project to an assistant, over the standard input and output."""

from __future__ import annotations

import argparse
from pathlib import Path

from medallion.cli.arguments import project_folder
from medallion.errors import SetupError
from medallion.roots import project_root

HELP = "serve the project to an assistant by MCP, over the standard input and output"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--allow-write] [--root DIR]`."""
    parser.add_argument(
        "--allow-write",
        action="store_true",
        help="let it write specs and gold SQL that validate; without it, nothing is written",
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Serve until the client closes the input; 0.

    Raises:
        SetupError: the SDK is not installed, or there is no project.
    """
    root = project_folder(arguments.root)
    try:
        from medallion.mcp_server.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise SetupError(
            "the package `mcp` is not installed",
            remedy="install the line of mcp in requirements-extras.in, with -c requirements.txt",
        ) from None
    serve(root, allow_write=arguments.allow_write)
    return 0
