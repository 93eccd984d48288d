"""A pipeline in Azure without a key or a password: connections from a Key Vault, the lake and the
warehouse by a managed identity. Azure's clients run as they are; what is behind Azure's names is
the test's: Azurite with its check of tokens, a vault held to the published API, PostgreSQL."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from tests.azure_stand_ins import (
    IdentityEndpoint,
    Vault,
    azure_names,
    identity_endpoint,
    in_an_hour,
    key_vault,
    make_authority,
    sign_token,
)
from tests.steps.staged import query
from tests.storage_servers import run_azurite

ACCOUNT, VAULT = "medallionlake", "medallion-run.vault.azure.net"
BLOB = f"{ACCOUNT}.blob.core.windows.net"
SPEC = """\
description: Films.
datasets:
  films:
    source: {type: file, path: include/data/lab/films.csv}
    silver:
      primary_key: [id]
      columns: {id: {type: bigint}, name: {type: text}}
      checks: [{not_null: {column: name}}]
gold:
  named:
    sql: named.sql
    checks: [{row_count: {min_value: 1}}]
"""


@dataclass(kw_only=True)
class Azure:
    """What is behind Azure's names, and the environment of a pod that has an identity there."""

    environment: Mapping[str, str]
    endpoint: IdentityEndpoint
    vault: Vault
    asked: list[str]
    container: Any

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *words], env={**self.environment, **more},
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip

    def blobs(self) -> list[str]:
        return [one.name for one in self.container.list_blobs()]


@pytest.fixture(scope="module")
def azure(
    module_warehouse_db: str, pg_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Azure]:
    folder, settings = tmp_path_factory.mktemp("azure"), conninfo_to_dict(module_warehouse_db)
    authority, loader = make_authority(folder), sql.Identifier(str(settings["user"]))

    def issue(resource: str) -> tuple[str, int]:
        if resource != "https://ossrdbms-aad.database.windows.net":
            return sign_token(resource)
        token = secrets.token_urlsafe(1500)
        with psycopg.connect(pg_url, autocommit=True) as admin:
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            admin.execute(change.format(loader, sql.Literal(token)))
        return token, in_an_hour()

    key = base64.b64encode(secrets.token_bytes(64)).decode()
    certificate, private = authority.certify(BLOB)
    secure = ("--oauth", "basic", "--cert", str(certificate), "--key", str(private))
    vault = Vault(secrets={
        "airflow-connections-medallion-warehouse": json.dumps({
            "conn_type": "postgres", "host": settings["host"], "port": int(str(settings["port"])),
            "login": settings["user"], "schema": settings["dbname"],
            "extra": {"sslmode": "disable"},
        }),
        "airflow-connections-lake-default": json.dumps(
            {"conn_type": "wasb", "extra": {"account_name": ACCOUNT}}
        ),
    })  # fmt: skip
    with (
        run_azurite(folder, *secure, AZURITE_ACCOUNTS=f"{ACCOUNT}:{key}") as blob,
        key_vault(vault, authority.context(VAULT)) as vault_port,
        azure_names({BLOB: blob, VAULT: vault_port}) as names,
        identity_endpoint(issue) as endpoint,
    ):
        kept = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("AZURE_", "AIRFLOW_CONN_", "MEDALLION_"))
        }  # fmt: skip
        environment = {
            **kept, **names.environment(), **authority.environment(), **endpoint.environment(),
            "AIRFLOW__SECRETS__BACKEND":
                "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend",
            "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({
                "vault_url": f"https://{VAULT}", "connections_prefix": "airflow-connections",
                "variables_prefix": None, "config_prefix": None,
            }),
            "MEDALLION_WAREHOUSE_AUTH": "entra",
            "MEDALLION_ROLES_KEY": secrets.token_urlsafe(48),
            "MEDALLION_LAKE_ROOT": "abfs://lake_default@lake/medallion",
            "AIRFLOW_HOME": str(folder / "airflow"),
        }  # fmt: skip
        yield Azure(
            environment=environment, endpoint=endpoint, vault=vault, asked=names.asked,
            container=make_container(names.environment(), authority.bundle, key),
        )  # fmt: skip


def make_container(proxies: Mapping[str, str], authority: Path, key: str) -> Any:
    """The lake's, as an administrator makes it, who has a key."""
    from azure.storage.blob import BlobServiceClient

    client = BlobServiceClient(
        f"https://{BLOB}", credential=key, proxies={"https": proxies["HTTPS_PROXY"]},
        connection_verify=str(authority),
    )  # fmt: skip
    return client.create_container("lake")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in {
        "specs/lab/films.yaml": SPEC,
        "include/sql/lab/named.sql": "select count(*) as films from silver_lab.films\n",
        "include/data/lab/films.csv": "id,name\n1,Amélie\n2,Ørsta\n",
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_pipeline_runs_to_gold_by_its_identity_alone(
    azure: Azure, project: Path, pg_url: str
) -> None:
    done = azure.run("tests.steps.azure_child", str(project), "lab.films")
    assert done.returncode == 0, done.stderr[-3000:]
    database = conninfo_to_dict(pg_url) | {
        "dbname": json.loads(azure.vault.secrets["airflow-connections-medallion-warehouse"])[
            "schema"
        ]
    }
    inside = " ".join(f"{key}={value}" for key, value in database.items() if value is not None)
    assert "ok warehouse: token: Microsoft Entra ID gives one" in done.stdout
    assert "ok lake: write: abfs://lake_default@lake/medallion takes" in done.stdout
    assert query(inside, "SELECT films FROM gold_lab.named") == [(2,)]
    assert any("bronze/lab/films/" in one for one in azure.blobs())
    assert set(azure.endpoint.asked) == {
        "https://storage.azure.com", "https://vault.azure.net",
        "https://ossrdbms-aad.database.windows.net",
    }  # fmt: skip
    assert set(azure.asked) <= {BLOB, VAULT}, "nothing else of Azure was asked"
    assert "airflow-connections-medallion-warehouse" in azure.vault.asked
    said = done.stdout + done.stderr
    assert not [token for token in azure.endpoint.given if token in said]
    assert azure.environment["MEDALLION_ROLES_KEY"] not in said


def test_an_identity_without_a_right_on_the_lake_is_said_to_have_none(azure: Azure) -> None:
    """Azurite knows no rights, but a token that has ended."""
    before = azure.endpoint.issue
    azure.endpoint.issue = lambda one: (
        sign_token(one, exp=1, nbf=0) if one == "https://storage.azure.com" else before(one)
    )
    try:
        done = azure.run("medallion.cli", "doctor", "--without-specs")
    finally:
        azure.endpoint.issue = before
    assert done.returncode == 1
    assert "✗ lake: write:" in done.stdout, done.stdout
    assert "Storage Blob Data Contributor" in done.stdout


def test_a_vault_that_gives_nothing_is_not_taken_for_one_that_has_nothing(azure: Azure) -> None:
    """Airflow by itself would say that there is no such connection."""
    azure.vault.is_forbidden = True
    try:
        done = azure.run("medallion.cli", "doctor", "--without-specs")
    finally:
        azure.vault.is_forbidden = False
    assert done.returncode == 1
    assert (
        "✗ warehouse: connection: the secrets backend AzureKeyVaultBackend cannot be" in done.stdout
    )
    assert "(Forbidden) the caller may not get secrets" in done.stdout
    assert "Key Vault Secrets User" in done.stdout
