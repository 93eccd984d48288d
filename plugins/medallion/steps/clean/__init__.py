"""The step `clean`: landed parts into a typed staging table; rows that cannot be cast into
rejects.

How a value is read is said by `medallion.cleaning`: here its query is run.
"""
