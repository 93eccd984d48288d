"""`python -m medallion.local.builtins`: the functions and types that an author's SQL may name.

They are read from the catalogue of the embedded PostgreSQL, with which of the functions are
aggregates; the refused ones are left out, and the lists are written to medallion/sql/. A test makes
them again and compares.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from medallion.local.postgres import EmbeddedPostgres
from medallion.sql.names import AGGREGATES_FILE, FUNCTIONS_FILE, TYPES_FILE
from medallion.sql.refused_functions import class_of

_STATEMENTS = Path(__file__).with_name("builtins.sql")
_HEAD = (
    "# Made by python -m medallion.local.builtins, from the catalogue of PostgreSQL {version}.\n"
)


def list_builtins(url: str) -> dict[Path, str]:
    """The text of each list, from the catalogue of the server at a DSN."""
    statements = _STATEMENTS.read_text(encoding="utf-8").split("-- name: ")[1:]
    files = (FUNCTIONS_FILE, TYPES_FILE, AGGREGATES_FILE)
    with psycopg.connect(url) as connection:
        head = _HEAD.format(version=connection.info.server_version // 10_000)
        named = {
            file: [str(row[0]) for row in connection.execute(sql.SQL(statement.partition("\n")[2]))]
            for file, statement in zip(files, statements, strict=True)
        }
    named[FUNCTIONS_FILE] = [name for name in named[FUNCTIONS_FILE] if class_of(name) is None]
    named[AGGREGATES_FILE] = [
        name for name in named[AGGREGATES_FILE] if name in named[FUNCTIONS_FILE]
    ]
    return {file: head + "".join(f"{name}\n" for name in names) for file, names in named.items()}


def main() -> None:
    """Write the lists, replacing them."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        try:
            server.start()
            for file, text in list_builtins(server.url("postgres")).items():
                file.write_text(text, encoding="utf-8")
                sys.stdout.write(f"{file}\n")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
