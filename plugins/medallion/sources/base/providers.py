"""Packages that only some specs need: optional extras, named in the error where one is missing."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution

from medallion.errors import SetupError

PACKAGES: Mapping[str, str] = {
    # Locations of files, by the scheme of their URL.
    "abfs": "apache-airflow-providers-microsoft-azure",
    "abfss": "apache-airflow-providers-microsoft-azure",
    "sftp": "apache-airflow-providers-sftp[sshfs]",
    "s3": "apache-airflow-providers-amazon[s3fs]",
    "gs": "apache-airflow-providers-google",
    # Source types.
    "kafka": "confluent-kafka",
    "avro": "fastavro",
    "json_schema": "jsonschema",
    "protobuf": "protobuf",
    # Databases.
    "mssql": "mssql-python",
    "oracle": "oracledb",
    "db2": "ibm-db",
    # Tools that load tables.
    "airbyte": "apache-airflow-providers-airbyte",
    # Formats of lake tables.
    "delta": "deltalake",
    "iceberg": "pyiceberg",
}
"""The scheme of a URL, or the type of a connection, and the package that reads it."""


def is_installed(kind: str) -> bool:
    """Whether the package of a kind is here; nothing of it is imported.

    >>> is_installed("protobuf")
    True
    """
    try:
        return distribution(PACKAGES[kind].partition("[")[0]) is not None
    except PackageNotFoundError:
        return False


def missing(kind: str) -> SetupError:
    """The error for a package that is not installed."""
    return SetupError(
        f"{kind} needs the package {PACKAGES[kind]}, which is not installed",
        remedy=f"install it where the tasks run: pip install '{PACKAGES[kind]}' (the versions that "
        "were tested: requirements-extras.in, requirements-vendors.in)",
    )
