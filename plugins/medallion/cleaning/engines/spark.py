"""Spark: it hands the parts of a landing out to its machines, and each runs DuckDB's query on them.

Why the query is not Spark's own is in docs/decisions/0016-spark-hands-out-parts.md.
"""

from __future__ import annotations

from dataclasses import replace

from medallion.cleaning.engines import duckdb

ENGINE = replace(duckdb.ENGINE, name="spark", is_cluster=True)
