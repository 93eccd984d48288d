"""`python -m medallion.cli VERB`: one module a verb, imported only when it is asked for.

A verb reads its arguments, calls others' functions and prints. It has no SQL and no rule about
data.
"""
