"""How the query reads a part's records: a file for each kind of part, and one table."""
