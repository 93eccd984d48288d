"""What a table or a column is made of, and what is made of it, as JSON."""

from __future__ import annotations

import argparse
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from medallion.cli import lineage
from medallion.mcp_server.arguments import Lineage


def answer(arguments: Lineage, root: Path) -> str:
    """The document that `lineage --format json` prints."""
    said = StringIO()
    asked = argparse.Namespace(
        table=arguments.table,
        column=arguments.column,
        upstream=arguments.direction == "upstream",
        downstream=arguments.direction == "downstream",
        format="json",
        root=root,
    )
    with redirect_stdout(said):
        lineage.run(asked)
    return said.getvalue()
