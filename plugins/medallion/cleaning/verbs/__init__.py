"""The words of `clean:`, each with its examples, and the DuckDB expressions they mean.

They know no column and no spec but their own arguments.
"""
