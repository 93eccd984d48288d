"""A landing in the lake: whole or not there, each try apart, and read back as it was written."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from medallion.errors import LakeError, LakeUnavailable
from medallion.lake.landing import MANIFEST, LandingPlace, LandingWriter
from medallion.lake.manifest import Manifest
from medallion.lake.reader import local_part, read_manifest, verify
from medallion.lake.storage import lake_path
from medallion.records import RecordLayout
from medallion.run import Run

LOG = logging.getLogger("medallion.test")
LAYOUT = RecordLayout(format="csv", encoding="cp1252", delimiter=";", columns=("a", "é"))
START = datetime(2026, 1, 1, tzinfo=UTC)


RUN = Run(
    dag_id="cinema.box_office",
    run_id="manual__2026",
    interval_start=START,
    interval_end=datetime(2026, 1, 2, tzinfo=UTC),
    spec_digest="digest",
)
KEY = RUN.key


def place(root: str, **changed: object) -> LandingPlace:
    return LandingPlace(
        lake_root=root,
        domain="cinema",
        dataset="movies",
        run=replace(RUN, **changed),  # type: ignore[arg-type]
        load_id=7,
    )


def land(where: LandingPlace, *contents: bytes, compress: bool = False) -> Manifest:
    landing = LandingWriter(where, LOG)
    for number, content in enumerate(contents):
        with landing.part(f"part-{number}", compress=compress) as part:
            part.write(content)
            part.count(content.count(b"\n"))
    landing.note("requests", 3)
    return landing.finish(LAYOUT, {"type": "file"})


@pytest.fixture(params=["local", "file", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A lake in a folder, named both ways, and one that only ObjectStoragePath reaches."""
    if request.param == "memory":
        return remote_root()
    return f"file://{tmp_path}/lake" if request.param == "file" else str(tmp_path / "lake")


def remote_root() -> str:
    """A lake in an object store of this process, through Airflow's own paths."""
    import fsspec
    from airflow.sdk.io import attach

    attach("memory", fs=fsspec.filesystem("memory"))
    return f"memory://lake-{uuid4().hex}"


def test_what_was_landed_is_read_back(root: str) -> None:
    manifest = land(place(root), b"a;b\n1;2\n", b"", b"x" * 3_000_000)
    assert manifest.uri.endswith(f"/bronze/cinema/movies/20260101T000000Z/{KEY}-1")
    assert [part.name for part in manifest.parts] == ["part-0", "part-1", "part-2"]
    assert (manifest.records, manifest.bytes) == (2, 3_000_008)
    read = read_manifest(manifest.uri)
    assert read == manifest
    verify(read)
    with local_part(read, read.parts[0]) as path:
        assert path.read_bytes() == b"a;b\n1;2\n"
        assert manifest.parts[0].sha256 == hashlib.sha256(b"a;b\n1;2\n").hexdigest()


def test_a_compressed_part_is_gzip_and_the_same_each_time(root: str) -> None:
    one, other = (land(place(root), b'{"a":1}\n' * 9999, compress=True) for _ in range(2))
    assert one.parts == other.parts
    assert one.bytes < 9999
    with local_part(one, one.parts[0]) as path:
        assert gzip.decompress(path.read_bytes()) == b'{"a":1}\n' * 9999


def test_each_try_lands_apart_and_leftovers_of_the_run_are_removed(root: str) -> None:
    whole = land(place(root), b"first\n")
    left = LandingWriter(place(root), LOG)
    with left.part("half") as part:
        part.write(b"half")
    other = place(root, run_id="other")
    other_run = LandingWriter(other, LOG)
    with other_run.part("under-way") as part:
        part.write(b"x")
    again = land(place(root), b"second\n")
    parent = place(root).interval_folder
    names = {folder.name for folder in parent.iterdir()}
    assert names == {f"{KEY}-1", f"{KEY}-3", f"{other.run.key}-1"}
    verify(read_manifest(whole.uri))
    verify(read_manifest(again.uri))
    with pytest.raises(LakeError, match="no landing in"):
        read_manifest(str(parent / f"{KEY}-2"))


def test_two_that_land_at_once_share_no_folder(tmp_path: Path) -> None:
    one, other = (LandingWriter(place(str(tmp_path)), LOG) for _ in range(2))
    with other.part("part") as part:
        part.write(b"x")
    verify(other.finish(LAYOUT, {}))
    with pytest.raises(LakeError, match="cannot be written"), one.part("part"):
        pass


def test_a_part_that_failed_is_not_in_the_manifest(root: str) -> None:
    landing = LandingWriter(place(root), LOG)
    with pytest.raises(RuntimeError), landing.part("bad") as part:
        part.write(b"x")
        raise RuntimeError
    with landing.part("good") as part:
        part.write(b"y")
    assert [part.name for part in landing.finish(LAYOUT, {}).parts] == ["good"]


@pytest.mark.parametrize("name", ["../up", "a/b", "..", ".", "", "a\\b"])
def test_a_part_stays_in_its_folder(root: str, name: str) -> None:
    manifest = land(place(root), b"x")
    with pytest.raises(LakeError), LandingWriter(place(root), LOG).part(name):
        pass
    stranger = replace(manifest.parts[0], name=name)
    with pytest.raises(LakeError), local_part(manifest, stranger):
        pass


def test_no_part_takes_the_place_of_the_manifest_or_of_another(root: str) -> None:
    landing = LandingWriter(place(root), LOG)
    with landing.part("one"):
        pass
    for name in ("one", MANIFEST):
        with pytest.raises(LakeError, match="another part"), landing.part(name):
            pass


def test_a_part_that_was_changed_is_found_out(tmp_path: Path) -> None:
    manifest = land(place(str(tmp_path)), b"1;2\n", b"3;4\n")
    (Path(manifest.uri) / "part-1").write_bytes(b"3;5\n")
    with pytest.raises(LakeError, match=r"part-1 was changed after it was landed") as damaged:
        verify(manifest)
    assert "clear the land task" in damaged.value.remedy


def test_a_part_that_was_cut_or_lost_is_found_out_without_reading_it(tmp_path: Path) -> None:
    manifest = land(place(str(tmp_path)), b"1;2\n", b"3;4\n")
    (Path(manifest.uri) / "part-0").write_bytes(b"1;")
    (Path(manifest.uri) / "part-1").unlink()
    with pytest.raises(LakeError, match="has 2 bytes, its manifest says 4"):
        local_part(manifest, manifest.parts[0]).__enter__()
    with pytest.raises(LakeError, match="part-1 is missing"):
        local_part(manifest, manifest.parts[1]).__enter__()


def test_a_remote_part_that_is_lost_is_found_out() -> None:
    manifest = land(place(remote_root()), b"1;2\n")
    lake_path(f"{manifest.uri}/part-0").unlink()
    with pytest.raises(LakeError, match="part-0 is missing"):
        verify(manifest)


def test_an_error_of_the_reader_s_own_passes_through(tmp_path: Path) -> None:
    manifest = land(place(str(tmp_path)), b"1;2\n")
    with pytest.raises(FileNotFoundError), local_part(manifest, manifest.parts[0]):
        (tmp_path / "of the reader's own").read_bytes()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"uri": 1}', "\ufffd", json.dumps({"interval_start": 1})]
)
def test_a_manifest_that_cannot_be_read_is_reported(tmp_path: Path, text: str) -> None:
    manifest = land(place(str(tmp_path)), b"x")
    (Path(manifest.uri) / MANIFEST).write_text(text)
    with pytest.raises(LakeError, match="cannot be read") as broken:
        read_manifest(manifest.uri)
    assert "clear the land task" in broken.value.remedy


def test_the_manifest_s_times_are_in_utc_and_the_folder_too(tmp_path: Path) -> None:
    start = datetime.fromisoformat("2026-01-01T01:30:00+02:00")
    manifest = land(place(str(tmp_path), interval_start=start), b"x")
    assert "/20251231T233000Z/" in manifest.uri
    text = json.loads((Path(manifest.uri) / MANIFEST).read_text())
    assert datetime.fromisoformat(text["interval_start"]) == start


def test_progress_is_said_every_few_seconds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("medallion.lake.landing.SAY_EVERY_SECONDS", 3600.0)
    landing = LandingWriter(place(str(tmp_path)), LOG)
    landing.progress(1, 10, "pages")
    assert caplog.text == ""
    monkeypatch.setattr("medallion.lake.landing.SAY_EVERY_SECONDS", 0.0)
    landing.progress(2, 10, "pages")
    landing.progress(3, None, "pages")
    assert [record.message for record in caplog.records] == [
        "2 of 10 pages landed",
        "3 pages landed",
    ]


CHILD = """
import logging, signal, sys, resource
sys.path[:0] = {path!r}
from datetime import UTC, datetime
from medallion.errors import LakeError
from medallion.lake.landing import LandingPlace, LandingWriter
from medallion.lake.manifest import Manifest
from medallion.records import RecordLayout
from medallion.run import Run
day = datetime(2026, 1, 1, tzinfo=UTC)
landing = LandingWriter(LandingPlace(lake_root={root!r}, domain="cinema", dataset="movies",
    run=Run(dag_id="cinema.box_office", run_id="manual__2026", interval_start=day,
    interval_end=day), load_id=1), logging.getLogger())
"""

FULL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with landing.part("big") as part:
        for _ in range(100):
            part.write(b"x" * 10_000)
except LakeError as error:
    print(error)
"""

KILLED = """
import os
from medallion.lake import storage
with landing.part("one") as part:
    part.write(b"x")
def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)
storage.Path.replace = kill
landing.finish(RecordLayout(format="csv"), {})
"""


def child(root: Path, script: str) -> subprocess.CompletedProcess[str]:
    setup = CHILD.format(path=[p for p in sys.path if p], root=str(root))
    return subprocess.run(
        [sys.executable, "-c", setup + script], capture_output=True, text=True, check=False
    )


def test_a_part_that_cannot_be_written_is_removed(tmp_path: Path) -> None:
    done = child(tmp_path, FULL)
    assert done.returncode == 0, done.stderr
    assert "big cannot be written: File too large" in done.stdout
    folder = next((tmp_path / "bronze" / "cinema" / "movies").glob("*/*-1"))
    assert list(folder.iterdir()) == []


def test_killed_before_the_manifest_has_its_name_the_landing_does_not_exist(
    tmp_path: Path,
) -> None:
    done = child(tmp_path, KILLED)
    assert done.returncode == -signal.SIGKILL
    folder = next((tmp_path / "bronze" / "cinema" / "movies").glob("*/*-1"))
    assert sorted(file.name for file in folder.iterdir()) == ["manifest.json.tmp", "one"]
    with pytest.raises(LakeError, match="no landing in"):
        read_manifest(str(folder))
    land(place(str(tmp_path)), b"x")
    assert not folder.exists()


def test_a_relative_lake_is_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = land(place("lake"), b"x")
    monkeypatch.chdir("/")
    verify(read_manifest(manifest.uri))


def test_a_local_lake_needs_no_airflow(tmp_path: Path) -> None:
    done = child(tmp_path, "print([m for m in sys.modules if m.split('.')[0] == 'airflow'])")
    assert done.stdout.strip() == "[]", done.stderr


def test_a_full_disk_is_worth_a_retry_and_no_part_of_it_stays(small_disk: Path) -> None:
    landing = LandingWriter(place(str(small_disk)), LOG)
    with pytest.raises(LakeUnavailable, match="No space left on device"), landing.part("p") as part:
        for _ in range(300):
            part.write(b"x" * 10_000)
    with landing.part("q") as part:
        part.write(b"x" * 900_000)
    verify(landing.finish(LAYOUT, {}))


def test_what_is_abandoned_leaves_nothing(root: str) -> None:
    landing = LandingWriter(place(root), LOG)
    with landing.part("whole") as part:
        part.write(b"x")
    landing.abandon()
    assert list(place(root).interval_folder.rglob("whole")) == []


def test_a_landing_is_for_the_user_who_made_it(
    tmp_path: Path, may_stranger_read: Callable[[Path], bool]
) -> None:
    (tmp_path / "seen.txt").write_text("open")
    assert may_stranger_read(tmp_path / "seen.txt")
    lake = tmp_path / "lake"
    lake.mkdir(mode=0o755)  # an operator's, open to all
    lake.chmod(0o755)
    before = os.umask(0)
    try:
        manifest = land(place(str(lake)), b"secret\n")
    finally:
        os.umask(before)
    made = [path for path in lake.rglob("*") if path.is_file()]
    assert {path.name for path in made} == {"part-0", MANIFEST}
    for path in (*made, *(folder for file in made for folder in list(file.parents)[:-1])):
        if path.is_relative_to(lake) and path != lake:
            assert not may_stranger_read(path), path
            assert not path.stat().st_mode & 0o077, path
    assert read_manifest(manifest.uri).records == 1
