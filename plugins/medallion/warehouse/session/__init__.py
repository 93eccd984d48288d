"""One session with PostgreSQL: connections, the registry in place, errors in plain words, locks,
named statements.

It knows the registry's version, and nothing else of what the schemas hold.
"""
