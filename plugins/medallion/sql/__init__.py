"""SQL that authors write: read with PostgreSQL's own parser, checked, and sent as written."""
