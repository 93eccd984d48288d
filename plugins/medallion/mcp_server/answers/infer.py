"""A spec that is proposed from data, as text."""

from __future__ import annotations

import argparse
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from medallion.cli import new
from medallion.mcp_server.arguments import Infer


def answer(arguments: Infer, root: Path) -> str:
    """The YAML of the whole spec."""
    parser = argparse.ArgumentParser()
    new.add_arguments(parser)
    asked = parser.parse_args([arguments.pipeline, "--print", "--yes"])
    asked.root = root
    asked.path = arguments.path or ""
    asked.connection = arguments.connection
    asked.table = arguments.table
    asked.url = arguments.api_path
    asked.key = ",".join(arguments.key) or None
    asked.day_first = arguments.day_first
    said = StringIO()
    with redirect_stdout(said):
        new.run(asked)
    return said.getvalue()
