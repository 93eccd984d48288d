"""Named statements: SQL lives in .sql files, each statement under a line `-- name: …`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from psycopg import sql


@cache
def statements(file_name: str) -> dict[str, sql.SQL]:
    """The statements of a .sql file, by name; the path is relative to `warehouse/`. Read once."""
    text = (Path(__file__).parents[1] / file_name).read_text(encoding="utf-8")
    found: dict[str, sql.SQL] = {}
    for block in text.split("-- name: ")[1:]:
        name, _, body = block.partition("\n")
        # The text is ours, from the package, and holds no value of anybody's.
        found[name.strip()] = sql.SQL(body.strip().rstrip(";"))
    return found
