"""Who may do what in PostgreSQL: readers and the domains' own roles."""
