"""The words of `clean:`, each with its example, and the DuckDB expressions they mean."""
