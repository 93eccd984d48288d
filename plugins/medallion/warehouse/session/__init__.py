"""One session with PostgreSQL: connections, the registry in place, errors in plain words, locks,
named statements.
"""
