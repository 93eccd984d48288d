"""Landings are deleted whole, and nothing else is, whatever the registry says."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from medallion.errors import LakeError
from medallion.lake.landing import MANIFEST, LandingPlace, LandingWriter
from medallion.lake.reader import read_manifest
from medallion.lake.retention import delete_landing, loose_folders, place_in_bronze
from medallion.lake.storage import lake_path
from medallion.records import RecordLayout
from medallion.run import Run

LOG = logging.getLogger("medallion.test")
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["local", "file", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A lake in a folder, named both ways, and one that only ObjectStoragePath reaches."""
    if request.param == "memory":
        import fsspec
        from airflow.sdk.io import attach

        attach("memory", fs=fsspec.filesystem("memory"))
        return f"memory://lake-{uuid4().hex}"
    return str(tmp_path) if request.param == "local" else f"file://{tmp_path}"


def _run(run_id: str) -> Run:
    return Run(
        dag_id="shop.sales",
        run_id=run_id,
        interval_start=START,
        interval_end=START + timedelta(days=1),
        spec_digest="digest",
    )


def land(root: str, run_id: str, *, finished: bool = True) -> str:
    """The URI of a landing of one part, or of what a killed try has left."""
    landing = LandingWriter(
        LandingPlace(
            lake_root=root,
            domain="shop",
            dataset="sales",
            run=_run(run_id),
            load_id=1,
        ),
        LOG,
    )
    with landing.part("a.csv") as part:
        part.write(b"id\n1\n")
        part.count(1)
    if finished:
        return landing.finish(RecordLayout(format="csv"), {}).uri
    return str(landing._folder)


def test_a_landing_is_deleted_and_its_neighbours_stay(root: str) -> None:
    old, young = land(root, "aaaa"), land(root, "bbbb")
    delete_landing(root, "shop", "sales", old)
    assert not lake_path(old).exists()
    assert read_manifest(young).records == 1
    delete_landing(root, "shop", "sales", old)  # again: nothing is there, nothing happens


def test_what_the_registry_does_not_know_is_found(root: str) -> None:
    known, superseded = land(root, "aaaa"), land(root, "bbbb")
    broken = land(root, "cccc", finished=False)
    found = {
        place_in_bronze(folder.uri)[1]: folder
        for folder in loose_folders(root, "shop", "sales", {place_in_bronze(known)})
    }
    taken_over, half = (f"{_run(name).key}-1" for name in ("bbbb", "cccc"))
    assert set(found) == {taken_over, half}
    assert found[taken_over].landed_at == read_manifest(superseded).extracted_at
    assert found[half].landed_at is None
    assert lake_path(broken).exists()
    if "memory" not in root:
        changed = found[half].changed_at
        assert changed is not None
        assert datetime.now(UTC) - changed < timedelta(minutes=5)


def test_nothing_outside_of_bronze_is_deleted(root: str) -> None:
    inside = land(root, "aaaa")
    for uri in (
        str(lake_path(root)),
        str(lake_path(root) / "bronze"),
        str(lake_path(root) / "bronze" / "shop" / "sales"),
        str(lake_path(inside).parent),
        f"{inside}/..",
        f"{inside}/../../../other/x/y",
        f"{inside}/a.csv",
        str(lake_path(root) / "silver" / "shop" / "sales" / "x" / "y"),
        "/etc/ssl/private",
        "",
    ):
        with pytest.raises(LakeError, match="left alone"):
            delete_landing(root, "shop", "sales", uri)
    with pytest.raises(LakeError, match="left alone"):
        delete_landing(root, "shop", "returns", inside)
    assert read_manifest(inside).records == 1


def test_a_link_out_of_the_lake_is_not_followed(tmp_path: Path) -> None:
    inside = land(str(tmp_path / "lake"), "aaaa")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / MANIFEST).write_text("{}")
    link = Path(inside).with_name("bbbb-1")
    link.symlink_to(elsewhere)
    with pytest.raises(LakeError, match="left alone"):
        delete_landing(str(tmp_path / "lake"), "shop", "sales", str(link))
    assert [f.uri for f in loose_folders(str(tmp_path / "lake"), "shop", "sales", set())] == [
        inside
    ]
    assert (elsewhere / MANIFEST).exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may delete everything")
def test_what_cannot_be_deleted_is_reported(tmp_path: Path) -> None:
    inside = Path(land(str(tmp_path), "aaaa"))
    inside.chmod(0o500)
    try:
        with pytest.raises(LakeError, match="cannot be deleted"):
            delete_landing(str(tmp_path), "shop", "sales", str(inside))
    finally:
        inside.chmod(0o700)
