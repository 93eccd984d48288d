"""A real server of S3's API on loopback: moto's, which holds each request to its signature and puts
an object conditionally (`If-None-Match: *`), as Delta's commits want it.

It is in an environment of its own, with what Airflow reads S3 by: neither is a requirement.
"""

from __future__ import annotations

import json
import os
import pkgutil
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from tests.server_processes import stop_server, wait_for_port
from tests.storage_servers import FileServer, free_port

from medallion.roots import PROJECT_ROOT
from medallion.sources.base.source import ConnectionDetails

HOME = Path(os.environ.get("MEDALLION_S3_VENV", PROJECT_ROOT / ".medallion" / "s3" / "venv"))
CONNECTION = "s3_lake"
REGION = "eu-west-3"
MAY_ALL = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object of a bucket; its name is its key."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket, with the words of Azure's client for a container; by Arrow's file system."""

    name: str
    files: Any

    def upload_blob(self, name: str, content: bytes, *, overwrite: bool = True) -> None:
        with self.files.open_output_stream(f"{self.name}/{name}") as stream:
            stream.write(content)

    def list_blobs(self, start: str) -> list[StoredObject]:
        from pyarrow.fs import FileSelector

        chosen = FileSelector(f"{self.name}/{start}", recursive=True, allow_not_found=True)
        return [
            StoredObject(name=one.path.removeprefix(f"{self.name}/"))
            for one in self.files.get_file_info(chosen)
            if one.is_file
        ]

    def download_blob(self, name: str) -> Any:
        return self.files.open_input_stream(f"{self.name}/{name}")

    def delete_blob(self, name: str) -> None:
        self.files.delete_file(f"{self.name}/{name}")


@contextmanager
def run_s3(log: Path) -> Iterator[str]:
    """Its address."""
    program = HOME / "bin" / "moto_server"
    if not program.exists():
        pytest.skip("left out: there is no server of S3's API here (.ci/run installs it)")
    port = free_port()
    with log.open("wb") as said:
        process = subprocess.Popen(
            [program, "-H", "127.0.0.1", "-p", str(port)], stdout=said, stderr=said
        )
    try:
        wait_for_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop_server(process)


def ask_iam(endpoint: str, action: str, **said: str) -> str:
    """What IAM answers: the server tells services apart by the scope of a signature."""
    scope = f"admin/20260101/{REGION}/iam/aws4_request"
    return post(
        endpoint, "/", urllib.parse.urlencode({"Action": action, "Version": "2010-05-08", **said}),
        {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host",
         "Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip


def post(endpoint: str, path: str, body: str, headers: dict[str, str]) -> str:
    with closing(HTTPConnection(endpoint.removeprefix("http://"), timeout=240)) as connection:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    assert answer.status == 200, text
    return text


def make_login(endpoint: str) -> tuple[str, str]:
    """The id and the secret of a key, whose user may do all with S3 and nothing else."""
    user = {"UserName": "medallion"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [MAY_ALL]})
    ask_iam(endpoint, "CreateUser", **user)
    ask_iam(endpoint, "PutUserPolicy", **user, PolicyName="all", PolicyDocument=policy)
    answer = ask_iam(endpoint, "CreateAccessKey", **user)
    key, secret = (
        re.findall(f"<{name}>(.+?)</{name}>", answer)[0]
        for name in ("AccessKeyId", "SecretAccessKey")
    )
    return key, secret


def lock_up(endpoint: str) -> None:
    """From now on each request is held to its signature, and to what its user may do."""
    post(endpoint, "/moto-api/reset-auth", "0", {"Content-Type": "text/plain"})


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    """S3 with a bucket `files`; its connection is in the environment, for Airflow."""
    import pyarrow.fs as arrow_files

    variable = f"AIRFLOW_CONN_{CONNECTION.upper()}"
    with run_s3(tmp_path_factory.mktemp("s3") / "log") as endpoint:
        key, secret = make_login(endpoint)
        lock_up(endpoint)
        files = arrow_files.S3FileSystem(
            access_key=key, secret_key=secret, region=REGION, endpoint_override=endpoint,
            allow_bucket_creation=True,
        )  # fmt: skip
        files.create_dir("files")
        extra = {"region_name": REGION, "endpoint_url": endpoint}
        said = {"conn_type": "aws", "login": key, "password": secret, "extra": extra}
        os.environ[variable] = json.dumps(said)
        yield FileServer(
            scheme="s3",
            container=Bucket(name="files", files=files),
            details=ConnectionDetails(conn_id=CONNECTION, **said),  # type: ignore[arg-type]
        )
        os.environ.pop(variable, None)


@pytest.fixture
def s3_by_airflow(s3: FileServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """The same where Airflow has its provider of Amazon: for this test alone, since other tests
    stand on what is installed."""
    from airflow.sdk.io import fs as known

    import airflow

    (packages,) = HOME.glob("lib/python3*/site-packages")
    monkeypatch.setattr(sys, "path", [*sys.path, str(packages)])
    monkeypatch.setattr(airflow, "__path__", pkgutil.extend_path([*airflow.__path__], "airflow"))
    from airflow.providers.amazon.aws.fs.s3 import get_fs

    with monkeypatch.context() as patch:
        patch.setitem(known._BUILTIN_SCHEME_TO_FS, "s3", get_fs)
        known._register_filesystems.cache_clear()
        yield s3
    known._register_filesystems.cache_clear()


def with_wrong_secret(server: FileServer, wrong: str = "AAAA") -> ConnectionDetails:
    """The connection of an object store, with another secret, which begins with these letters."""
    if server.scheme == "s3":
        return replace(server.details, password=wrong + server.details.password[len(wrong) :])
    text = str(server.details.extra["connection_string"]).replace("Eby8", wrong)
    return replace(server.details, extra={"connection_string": text})


def say_to_pyiceberg(said: ConnectionDetails) -> dict[str, str]:
    """The connection of an object store in pyiceberg's words."""
    if said.conn_type == "aws":
        return {
            "s3.endpoint": str(said.extra["endpoint_url"]), "s3.access-key-id": said.login,
            "s3.secret-access-key": said.password, "s3.region": str(said.extra["region_name"]),
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
        }  # fmt: skip
    return {
        "adls.connection-string": str(said.extra["connection_string"]),
        "adls.account-name": "devstoreaccount1",
        "py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO",
    }
