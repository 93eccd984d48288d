"""What runs the cleaning query in a task of Spark: DuckDB, as everywhere."""

from __future__ import annotations

from medallion.steps.parts.duckdb_engine import open_part

__all__ = ["open_part"]
