"""SQL that authors write: parsed by PostgreSQL's own parser, checked, and sent as written."""
