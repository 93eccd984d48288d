"""How the query reads a part's records: one file for each kind of part, and one table of them."""
