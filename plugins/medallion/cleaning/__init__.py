"""Column declarations → one DuckDB query, built with sqlglot: pure, no I/O."""
