"""Who reads published tables: what the server's log says of it, collected into the journal."""
