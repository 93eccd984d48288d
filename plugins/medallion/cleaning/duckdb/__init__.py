"""The cleaning as one DuckDB query, built as a tree. Pure: nothing here runs it."""
