"""The cleaning as one DuckDB query, built as a tree: `query` puts the layers together. Nothing here
runs it."""
