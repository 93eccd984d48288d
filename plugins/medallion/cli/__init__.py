"""`python -m medallion.cli VERB`: one module a verb, imported only when it is asked for."""
