"""DuckDB: the query is written in its names, so every function keeps its name."""

from __future__ import annotations

from medallion.cleaning.engines.engine import Engine
from medallion.cleaning.engines.functions import FUNCTIONS

ENGINE = Engine(name="duckdb", dialect="duckdb", functions={name: name for name in FUNCTIONS})
