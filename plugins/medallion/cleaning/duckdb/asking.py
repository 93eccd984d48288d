"""A DuckDB that is asked about texts of specs: it reads no data, and reaches nothing."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def engine() -> duckdb.DuckDBPyConnection:
    """The engine of this process and thread, with no way to a file, the network or an extension.

    Opening one takes far longer than a question, and a spec may have hundreds of them. One that was
    opened before a process forked is not used in its child.
    """
    return _of(os.getpid(), threading.get_ident())


@lru_cache(maxsize=4)
def _of(process: int, thread: int) -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(config={"threads": 1, "memory_limit": "256MB"})
    for setting in (
        "SET TimeZone = 'UTC'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET python_enable_replacements = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(setting)
    return connection
