"""The words of `clean:`, each with its examples, and the DuckDB expressions they mean."""
