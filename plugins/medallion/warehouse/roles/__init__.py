"""Who may do what in PostgreSQL: reader roles, and the roles that domains' SQL runs as.

What a domain may read is decided by specs and specs/access.yaml, not here.
"""
