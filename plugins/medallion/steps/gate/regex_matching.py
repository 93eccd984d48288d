"""Matches texts with RE2, through DuckDB, as the cleaning does.

Python's `re` backtracks, for some patterns without end; RE2 reads a text once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def match_texts(texts: Sequence[str], patterns: Sequence[str]) -> Iterator[list[bool]]:
    """For each pattern, whether each text contains a match, in the texts' order."""
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
