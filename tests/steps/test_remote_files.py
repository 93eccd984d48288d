"""Files elsewhere: landed byte for byte, watched; what goes wrong is reported without a secret."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.s3_server import with_wrong_secret
from tests.steps.kill_matrix_child import PlanRun, run_task
from tests.steps.landed import FILMS, context
from tests.steps.staged import query
from tests.storage_servers import FileServer

from medallion.airflow.loader import plan_of
from medallion.client import read_snapshot, snapshots
from medallion.errors import (
    LakeError,
    MedallionError,
    SetupError,
    SourceRefused,
    SourceUnavailable,
)
from medallion.lake.landing import PartFile
from medallion.lake.manifest import Manifest
from medallion.lake.reader import local_part, read_manifest, verify
from medallion.lake.storage import lake_path, write_whole, writing
from medallion.names import PublishedTable, TableName
from medallion.operations.doctor.lake import examine_lake
from medallion.operations.snapshots import drop, take_snapshot
from medallion.plan.model import LandStep
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.file.source import FileSource
from medallion.steps.run import run_step
from medallion.warehouse.reading.pinned import Pin

CSV = b"id;name\n1;Am\xc3\xa9lie\n2;\xc3\x98rsta\n"
SCHEMES = ("sftp", "ftp", "azurite", "s3_by_airflow")


@pytest.fixture(params=SCHEMES)
def server(request: pytest.FixtureRequest) -> FileServer:
    found: FileServer = request.getfixturevalue(request.param)
    return found.apart()


@pytest.fixture
def land(warehouse_db: str, tmp_path: Path) -> Callable[..., Manifest]:
    """Land what a path names, with the connections of these details."""

    def run(path: str, *details: ConnectionDetails, **said: Any) -> Manifest:
        connections = {found.conn_id: found for found in details}
        handed = replace(
            context(warehouse_db, tmp_path / "lake"),
            project_root=tmp_path / "project",
            connection=connections.__getitem__,
        )
        source = FileSource(type="file", path=path, **said)
        result = run_step(LandStep(table=FILMS, source=source), handed)
        manifest = read_manifest(result.reference)
        verify(manifest)
        return manifest

    return run


def bytes_of(manifest: Manifest, number: int = 0) -> bytes:
    with local_part(manifest, manifest.parts[number]) as path:
        return path.read_bytes()


def secrets_of(details: ConnectionDetails) -> list[str]:
    found = [details.password, *re.findall("AccountKey=([^;]+)", json.dumps(dict(details.extra)))]
    return [secret for secret in found if secret]


def test_every_file_of_a_pattern_is_a_part_as_it_is(
    server: FileServer, land: Callable[..., Manifest], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wanted = [
        server.put("sales/2026-01.csv", CSV),
        server.put("sales/fr/2026-02.csv", CSV + "3;Été 千\n".encode()),
        server.put("sales/fr/lyon/2026-03.csv", b"id;name\n" + b"4;x\n" * 700_000),
    ]
    server.put("sales/fr/.2026-04.csv", b"half written")
    server.put("sales/fr/notes.txt", b"no part of it")
    manifest = land(server.url("sales/**/2026-*.csv"), server.details)
    assert [bytes_of(manifest, number) for number in range(3)] == wanted
    assert [part.records for part in manifest.parts] == [2, 3, 700_000]
    reported = manifest.to_json() + caplog.text
    assert secrets_of(server.details)
    assert not [secret for secret in secrets_of(server.details) if secret in reported]
    one = land(server.url("sales/fr/2026-02.csv"), server.details)
    assert (bytes_of(one), one.parts[0].name) == (wanted[1], "2026-02.csv")


def test_what_is_not_there_is_reported(server: FileServer, land: Callable[..., Manifest]) -> None:
    server.put("a.csv", CSV)
    for path in ("b.csv", "b/*.csv", "*.txt"):
        with pytest.raises(SourceRefused, match="there is no file"):
            land(server.url(path), server.details)


def test_a_file_that_changes_while_it_is_read_is_read_again_later(
    server: FileServer, land: Callable[..., Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("a.csv", CSV)
    write = PartFile.write

    def write_and_change(self: PartFile, chunk: bytes) -> None:
        write(self, chunk)
        if chunk == CSV:
            server.put("a.csv", CSV + b"3;late\n")

    monkeypatch.setattr(PartFile, "write", write_and_change)
    with pytest.raises(SourceUnavailable, match=r"a\.csv was changed while it was read"):
        land(server.url("a.csv"), server.details)


@pytest.mark.parametrize("scheme", ["sftp", "ftp"])
def test_who_is_not_let_in_and_who_is_not_there(
    request: pytest.FixtureRequest, land: Callable[..., Manifest], scheme: str
) -> None:
    server: FileServer = request.getfixturevalue(scheme)
    server.put("a.csv", CSV)
    wrong = replace(server.details, password="not-the-password")
    with pytest.raises(SourceRefused, match=f"through the connection {scheme}_bank") as refused:
        land(server.url("a.csv"), wrong)
    assert "not-the-password" not in str(refused.value)
    with pytest.raises(SourceUnavailable, match="through the connection"):
        land(server.url("a.csv"), replace(server.details, port=1))
    with pytest.raises(SetupError, match="has no host"):
        land(server.url("a.csv"), replace(server.details, host=""))


def test_s3_lets_nobody_in_by_a_wrong_secret(
    s3_by_airflow: FileServer, land: Callable[..., Manifest], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Neither a source's files nor the lake; and nothing that is said has a secret in it."""
    caplog.set_level(logging.INFO)
    s3_by_airflow.put("a.csv", CSV)
    wrong = replace(with_wrong_secret(s3_by_airflow), conn_id="s3_wrong")
    said = {"conn_type": "aws", "login": wrong.login, "password": wrong.password}
    monkeypatch.setenv("AIRFLOW_CONN_S3_WRONG", json.dumps({**said, "extra": dict(wrong.extra)}))
    url = replace(s3_by_airflow, details=wrong).url
    with pytest.raises(SourceRefused, match="through the connection s3_wrong") as refused:
        land(url("a.csv"), wrong)
    with (
        pytest.raises(LakeError, match="cannot be written") as unwritten,
        writing(lake_path(url("lake"))),
    ):
        write_whole(lake_path(url("lake/a.json")), b"{}")
    found = examine_lake(lake_path(url("lake")))
    assert (found.verdict, "s3:PutObject" in found.cause) == ("failed", True)
    text = f"{refused.value!r} {refused.value.remedy} {unwritten.value!r} {found!r} {caplog.text}"
    assert wrong.password not in text and s3_by_airflow.details.password not in text


def test_an_sftp_server_that_nobody_knows_is_not_reported_the_password(
    sftp: FileServer, land: Callable[..., Manifest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sftp.put("a.csv", CSV)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").touch()
    with pytest.raises(SourceRefused, match="HostKeyNotVerifiable"):
        land(sftp.url("a.csv"), replace(sftp.details, extra={}))
    unchecked = replace(sftp.details, extra={"no_host_key_check": True})
    assert land(sftp.url("a.csv"), unchecked).records == 2


def test_a_package_that_is_missing_is_named(land: Callable[..., Manifest]) -> None:
    details = ConnectionDetails(conn_id="lake", conn_type="google_cloud_platform")
    with pytest.raises(SetupError, match="gs needs the package apache-airflow-providers-google"):
        land("gs://lake@bucket/a.csv", details)


def test_a_mounted_folder_is_read_where_an_operator_allows_it(
    land: Callable[..., Manifest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounted, secret = tmp_path / "mounted", tmp_path / "secret"
    for folder in (mounted, secret):
        folder.mkdir()
        (folder / "a.csv").write_bytes(CSV)
    (mounted / "link.csv").symlink_to(secret / "a.csv")
    (mounted / "b.csv").write_bytes(CSV)
    with pytest.raises(SourceRefused, match="in no folder that the domain cinema may read"):
        land(f"file://{mounted}/a.csv")
    monkeypatch.setenv("MEDALLION_FILE_ROOTS", f"{mounted}{os.pathsep}{tmp_path / 'other'}")
    manifest = land(f"file://{mounted}/[ab].csv")
    assert [bytes_of(manifest, number) for number in range(2)] == [CSV, CSV]
    for path in (f"{secret}/a.csv", f"{mounted}/link.csv", f"{mounted}/../secret/a.csv", "/etc/*"):
        with pytest.raises(SourceRefused, match="in no folder that the domain cinema may read"):
            land(f"file://{path}")
    with pytest.raises(SourceRefused, match="there is no file"):
        land(f"file://{mounted}/c*.csv")


SPEC = """\
description: From the lake to the lake.
datasets:
  films:
    source: {type: file, path: "SOURCE"}
    bronze: {checks: [row_count: {min_value: 2}]}
    silver:
      primary_key: [id]
      columns:
        id: {type: bigint}
        name: {type: text}
"""


@pytest.mark.parametrize("store", ["azurite", "s3_by_airflow"])
def test_a_lake_in_an_object_store_from_landing_to_publication(
    request: pytest.FixtureRequest, warehouse_db: str, tmp_path: Path, store: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Landed into it, gated and cleaned from there; a landing that fails leaves nothing."""
    caplog.set_level(logging.DEBUG, "medallion")
    found: FileServer = request.getfixturevalue(store)
    server = found.apart()
    server.put("in/a.csv", CSV)
    server.put("in/b.csv", b"id;name\n3;x\n")
    spec = tmp_path / "specs" / "lab" / "films.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(SPEC.replace("SOURCE", server.url("in/*.csv")))
    lake = server.url("bronze_root")
    run = PlanRun(
        plan=plan_of("lab.films", tmp_path),
        run_id="manual__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=tmp_path,
        lake_root=lake,  # type: ignore[arg-type]
        warehouse_url=warehouse_db,
        connections={server.details.conn_id: server.details},
    )
    server.put("in/c.csv", b"id;title\n3;x\n")
    with pytest.raises(MedallionError, match="is not laid out as"):
        run_task(run, "films.land")
    assert folders(server) == set()
    server.container.delete_blob(f"{server.folder}/in/c.csv")
    for task in (*run.plan.tasks, *run.plan.tasks):
        run_task(run, task.task_id)
    assert query(warehouse_db, "SELECT id, name FROM silver_lab.films ORDER BY 1") == [
        (1, "Amélie"), (2, "Ørsta"), (3, "x"),
    ]  # fmt: skip
    [(uri,)] = query(warehouse_db, "SELECT manifest_uri FROM medallion.loads")
    assert str(uri).startswith(lake)
    verify(read_manifest(str(uri)))
    landings = [one for one in folders(server) if "/bronze/" in one]
    assert (
        len(landings) == 2
    )  # both times whole; beside them is what the lake knows of publications
    keeps_a_snapshot(warehouse_db, lake)
    itself = replace(
        context(warehouse_db, tmp_path / "lake"),
        lake_root=lake,
        connection={server.details.conn_id: server.details}.__getitem__,
    )
    for pattern in ("bronze_root/**/*a.csv", "**/*a.csv"):
        source = FileSource(type="file", path=server.url(pattern))
        with pytest.raises(SourceRefused, match="leads into the lake"):
            run_step(LandStep(table=FILMS, source=source), itself)
    assert not [one for one in secrets_of(server.details) if one in caplog.text]


def keeps_a_snapshot(url: str, lake: str) -> None:
    """Of what was published, in the same lake: written, listed, read, and dropped."""
    name = "silver_lab.films"
    films = PublishedTable.of(TableName.parse(name))
    taken = take_snapshot(url, lake, films, Pin(), name="films-1")
    assert [one.digest for one in snapshots(name, lake=lake)] == [taken.digest]
    frame = read_snapshot(name, lake=lake, columns=["id"])
    assert sorted(frame["id"]) == [1, 2, 3]
    drop(url, lake, films, "films-1", by="ada")
    assert snapshots(name, lake=lake) == ()


def folders(server: FileServer) -> set[str]:
    """The folders of landings that are in the lake."""
    names = [blob.name for blob in server.container.list_blobs(f"{server.folder}/bronze_root")]
    return {name.rpartition("/")[0] for name in names if "." in name.rpartition("/")[2]}
