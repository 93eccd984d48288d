"""Who may do what in PostgreSQL: reader roles, and the roles that domains' SQL runs as."""
