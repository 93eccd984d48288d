"""Named statements: SQL lives in .sql files, each statement under a line `-- name: …`.

Comments below that line describe the statement and are not sent. A statement may also be a part of
others (`reason_kind`, a condition), which take it by `format`. What stays in Python is short and
composed of names alone: `DROP TABLE {}`, a GRANT, a setting of the session.
"""

from __future__ import annotations

from functools import cache
from itertools import dropwhile
from pathlib import Path

from psycopg import sql


@cache
def statements(file_name: str) -> dict[str, sql.SQL]:
    """The statements of a .sql file, by name; the path is relative to `warehouse/`. Read once.

    >>> statements("session/locking.sql")["wait_at_most"]
    SQL("SELECT set_config('lock_timeout', %(time)s, true)")
    """
    text = (Path(__file__).parents[1] / file_name).read_text(encoding="utf-8")
    found: dict[str, sql.SQL] = {}
    for block in text.split("-- name: ")[1:]:
        name, *lines = block.strip().split("\n")
        body = "\n".join(dropwhile(lambda line: line.startswith("--"), lines))
        # The text is ours, from the package, and holds no value of anybody's.
        found[name.strip()] = sql.SQL(body.rstrip(";"))
    return found
