"""Texts against regular expressions by RE2, as the cleaning has it: DuckDB's.

Python's own engine goes back and forth in a text, for some patterns without end; RE2 reads it once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def matched(texts: Sequence[str], patterns: Sequence[str]) -> Iterator[list[bool]]:
    """For each pattern, in which of the texts it is found, in their order."""
    import duckdb
    import pyarrow as pa

    values = pa.table({"text": pa.array(map(_encodable, texts), pa.large_string())})
    with duckdb.connect(config={"threads": 1, "enable_external_access": False}) as connection:
        connection.register("texts", values)
        for pattern in patterns:
            connection.execute("SELECT regexp_matches(text, ?) FROM texts", [pattern])
            yield [found for (found,) in connection.fetchall()]


def _encodable(text: str) -> str:
    """Half of a surrogate pair, which JSON can hold, is not a character: it is read as a `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")
