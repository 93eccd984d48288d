"""`python -m medallion.cli VERB`: one file a verb."""
