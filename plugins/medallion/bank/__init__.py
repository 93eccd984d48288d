"""A bank to try things on: what the finance domain's sources hold, made from a seed.

Daily files of operations, a database with customers, an API with exchange rates. The same seed
gives the same bytes. `defects.py` says what is wrong with them on purpose, and what becomes of it.
"""
