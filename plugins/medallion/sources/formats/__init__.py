"""File formats: one file reads one. Where a file comes from belongs to `file`."""
