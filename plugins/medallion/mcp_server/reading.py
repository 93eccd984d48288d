"""How tools read the warehouse: as a role that may only read, and never as the loader."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from medallion.cli.arguments import WAREHOUSE_URL, database_url
from medallion.errors import SetupError
from medallion.local.author import author_url
from medallion.local.paths import LocalPaths

READER_URL = "MEDALLION_READER_URL"
"""The warehouse as a role that may only read: a person's own login, or one for the tool."""
LIMIT = timedelta(seconds=20)
"""Of a statement."""


def reader_url(root: Path) -> str:
    """MEDALLION_READER_URL, or the local stack's warehouse as its role for authors.

    Raises:
        SetupError: the warehouse is elsewhere, and no reader is named.
    """
    given = os.environ.get(READER_URL)
    if given:
        return database_url(READER_URL, given)
    if os.environ.get(WAREHOUSE_URL):
        raise SetupError(
            f"{WAREHOUSE_URL} names a warehouse, and no role that may only read it is named",
            remedy=f"{READER_URL}=postgresql://ana:…@host/warehouse, with a member of "
            "reader_<domain>: docs/mcp.md",
        )
    return author_url(LocalPaths.of(project_root=root))
