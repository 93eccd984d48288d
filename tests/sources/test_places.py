"""Where each type of source says that its data are, for a catalogue of lineage: no user, no
secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from medallion.sources.base.source import ConnectionDetails, SourcePlace
from medallion.sources.kinds import Source

PASSWORD = "s3cr3t"
LOGIN = "ana@example.org"
ROOT = Path("/project")


def _place(said: dict[str, object], **connection: object) -> SourcePlace:
    source = TypeAdapter(Source).validate_python(said)
    details = {"login": LOGIN, "password": PASSWORD, **connection}
    return source.place(lambda conn_id: ConnectionDetails(conn_id=conn_id, **details), ROOT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "connection", "namespace", "name"),
    [
        ({"type": "file", "path": "include/data/a.csv"}, {}, "file", "/project/include/data/a.csv"),
        ({"type": "file", "path": "file:///mnt/a.csv"}, {}, "file", "/mnt/a.csv"),
        (
            {"type": "file", "path": "sftp://bank@/out/*.csv"},
            {"host": "sftp.example.org"},
            "sftp://sftp.example.org:22",
            "/out/*.csv",
        ),
        (
            {"type": "file", "path": "abfs://az@exports/2026/*.csv"},
            {"conn_type": "wasb", "login": "account"},
            "abfss://exports@account.dfs.core.windows.net",
            "2026/*.csv",
        ),
        (
            {"type": "file", "path": "abfs://az@exports/a.csv"},
            {"host": f"https://account.blob.core.windows.net/?sig={PASSWORD}"},
            "abfss://exports@account.blob.core.windows.net",
            "a.csv",
        ),
        ({"type": "file", "path": "s3://aws@bucket/a/b.csv"}, {}, "s3://bucket", "a/b.csv"),
        (
            {"type": "database", "conn_id": "core", "table": "public.accounts"},
            {"conn_type": "postgres", "host": "db", "schema": "bank"},
            "postgres://db:5432",
            "bank.public.accounts",
        ),
        (
            {"type": "database", "conn_id": "core", "query": f"select '{PASSWORD}'"},
            {"conn_type": "mysql", "host": "::1", "port": 3307, "schema": "bank"},
            "mysql://[::1]:3307",
            "bank",
        ),
        (
            {"type": "database", "conn_id": "core", "table": "t"},
            {"conn_type": "sqlite", "host": "/data/x.db"},
            "file",
            "/data/x.db.t",
        ),
        (
            {"type": "rest", "conn_id": "shop", "path": "v1/orders"},
            {"host": "api.example.org"},
            "https://api.example.org",
            "v1/orders",
        ),
        (
            {"type": "tmdb", "endpoint": "discover/movie"},
            {},
            "https://api.themoviedb.org/3",
            "discover/movie",
        ),
    ],
)
def test_a_source_is_where_its_connection_leads(
    said: dict[str, object], connection: dict[str, object], namespace: str, name: str
) -> None:
    found = _place(said, **connection)
    assert (found.namespace, found.name) == (namespace, name)
    assert PASSWORD not in f"{found}" and LOGIN not in f"{found}"
