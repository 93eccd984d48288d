"""Which databases are known, by the type of their Airflow connection, and what each needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medallion.sources.base.providers import PACKAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseKind:
    """One kind of database: the dialect of its SQL (sqlglot's name, or db2), how it is read, and
    the package that brings its driver, where Medallion's own requirements do not.
    """

    dialect: str
    reader: Literal["postgres", "mysql", "sqlite", "mssql", "oracle", "db2", "hook"] = "hook"
    package: str = ""
    cursor_function: str = ""
    """The reader's SQL function that makes what a column holds comparable with a cursor's value,
    where the columns have no types of their own."""


_POSTGRES = DatabaseKind(dialect="postgres", reader="postgres")
_DB2 = DatabaseKind(dialect="db2", reader="db2", package=PACKAGES["db2"])
_MYSQL = DatabaseKind(dialect="mysql", reader="mysql", package="apache-airflow-providers-mysql")

KINDS: dict[str, DatabaseKind] = {
    "postgres": _POSTGRES,
    "postgresql": _POSTGRES,
    "denodo": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "sqlite": DatabaseKind(dialect="sqlite", reader="sqlite", cursor_function="medallion_cursor"),
    "mssql": DatabaseKind(dialect="tsql", reader="mssql", package=PACKAGES["mssql"]),
    "oracle": DatabaseKind(dialect="oracle", reader="oracle", package=PACKAGES["oracle"]),
    "ibmdb2": _DB2,
    "ibm_db2": _DB2,
    "db2": _DB2,
    "odbc": DatabaseKind(dialect="", package="apache-airflow-providers-odbc"),
    "jdbc": DatabaseKind(dialect="", package="apache-airflow-providers-jdbc"),
    "redshift": DatabaseKind(dialect="redshift", package="apache-airflow-providers-amazon"),
    "snowflake": DatabaseKind(dialect="snowflake", package="apache-airflow-providers-snowflake"),
    "trino": DatabaseKind(dialect="trino", package="apache-airflow-providers-trino"),
}
"""By connection type. Any other is read through its provider's hook too, if it has one."""


def kind_of(conn_type: str) -> DatabaseKind:
    """What is known about a connection type; an unknown type is read through its provider's
    hook."""
    return KINDS.get(conn_type.lower(), DatabaseKind(dialect=""))


def package_of(conn_type: str) -> str:
    """The package that brings a connection type; empty if it is not known or not needed.

    >>> package_of("mysql"), package_of("sqlite")
    ('apache-airflow-providers-mysql', '')
    """
    return kind_of(conn_type).package
