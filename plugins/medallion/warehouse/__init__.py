"""PostgreSQL: connections, staging by COPY, versions, the registry, the publishing transaction."""
