"""File formats, one file each. Where a file comes from belongs to `file`."""
