"""The step `clean`: landed parts into a typed staging table, the other rows into quarantine."""
