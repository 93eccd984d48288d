"""PostgreSQL: connections, staging by COPY, versions, the registry, the publishing transaction.

Steps, operations and the command line run no statement: they call functions of this folder, which
knows no step and no Airflow.
"""
