"""The step `clean`: landed parts into a typed staging table; rows that cannot be cast into
rejects."""
