"""Kinds of charts: each is a file, which says what Superset calls it, what its form holds and what
it asks of the warehouse.

`table` lists them; `asset` makes the file of a chart; `view` is what a kind gets, `query` what they
share.
"""
