"""The step `clean`: landed parts into a typed staging table; rows that cannot be cast into
rejects.

`medallion.cleaning` says how a value is read: here its query is run.
"""
