"""One session with PostgreSQL: connections, errors in plain words, locks, named statements."""
