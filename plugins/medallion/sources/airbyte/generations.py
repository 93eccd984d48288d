"""The generations of a table: each refresh of a stream in Airbyte begins one.

(https://docs.airbyte.com/platform/operator-guides/refreshes)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from medallion.sources.database.query import Statement, quote_name


def keep_latest(statement: Statement, column: str) -> Statement:
    """The rows of the highest generation alone, in one statement and so in one snapshot.

    >>> table = Statement(main=("SELECT * FROM t",), dialect="postgres", values={})
    >>> print(keep_latest(table, "g").with_values(str))
    SELECT newest.* FROM (
    SELECT * FROM t
    ) newest WHERE newest."g" = (SELECT max(every."g") FROM (
    SELECT * FROM t
    ) every)
    """
    name = quote_name(column, statement.dialect)
    highest = ("\n) newest WHERE newest.", name, " = (SELECT max(every.", name, ") FROM (\n")
    main = ("SELECT newest.* FROM (\n", *statement.parts, *highest, *statement.parts, "\n) every)")
    return replace(statement, common=(), main=main)


def count_generations(column: Any) -> Counter[str]:
    """How many rows of a batch each generation has."""
    import pyarrow.compute as pc

    pairs = pc.value_counts(column.drop_null()).to_pylist()
    return Counter({str(one["values"]): one["counts"] for one in pairs})
