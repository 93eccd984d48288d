"""The journal of a landing: what the next try takes over, in a folder and in an object store."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from medallion.errors import LakeError
from medallion.lake.journal import JOURNAL
from medallion.lake.landing import LandingPlace, LandingWriter
from medallion.lake.reader import verify
from medallion.records import RecordLayout
from medallion.run import Run
from medallion.sources.base.journal import Kept

LOG = logging.getLogger("medallion.test")
LAYOUT = RecordLayout(format="jsonl", compression="gzip")
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def place(root: str) -> LandingPlace:
    return LandingPlace(
        lake_root=root,
        domain="cinema",
        dataset="movies",
        run=Run(
            dag_id="cinema.box_office",
            run_id="manual__2026",
            interval_start=DAY,
            interval_end=DAY,
            spec_digest="digest",
        ),
        load_id=7,
    )


KEY = place("").run.key
"""How the folders of the run begin."""


@pytest.fixture(params=["local", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "local":
        return str(tmp_path / "lake")
    import fsspec
    from airflow.sdk.io import attach

    attach("memory", fs=fsspec.filesystem("memory"))
    return f"memory://lake-{uuid4().hex}"


def left_behind(root: str) -> LandingWriter:
    """A try that landed a part, and then a page that is in no part yet."""
    landing = LandingWriter(place(root), LOG)
    landing.journal.start("r1", {"parents": [1]})
    landing.journal.keep({"page": 1}, b"one\n", 1)
    part(landing, b"one\ntwo\n", 2)
    landing.journal.keep({"page": 2}, b"", 0)
    landing.journal.keep({"page": 3}, b"th\xffree\n", 3)
    return landing


def part(landing: LandingWriter, content: bytes, records: int) -> None:
    with landing.part(f"part-{records}", compress=True) as opened:
        opened.write(content)
        opened.count(records)


def names(root: str) -> set[str]:
    parent = place(root).interval_folder
    return {
        f"{folder.name}/{file.name}" for folder in parent.iterdir() for file in folder.iterdir()
    }


def test_the_next_try_takes_over_what_is_whole(root: str) -> None:
    """In a folder to the last page, in an object store to the last part."""
    left_behind(root)
    again = LandingWriter(place(root), LOG)
    kept = again.journal.resume("r1")
    remote = root.startswith("memory")
    assert kept == Kept(
        plan={"parents": [1]},
        state={"page": 2 if remote else 3},
        parts=1,
        lines=b"" if remote else b"th\xffree\n",
        records=0 if remote else 3,
    )
    assert names(root) == {f"{KEY}-2/part-2", f"{KEY}-2/{JOURNAL}"}
    again.journal.keep({"page": 4}, b"four\n", 1)
    third = LandingWriter(place(root), LOG)
    later = third.journal.resume("r1")
    assert later is not None
    assert later.lines == (b"" if remote else b"th\xffree\nfour\n")
    part(third, b"three\nfour\n", 4)
    manifest = third.finish(LAYOUT, {})
    verify(manifest)
    assert [info.name for info in manifest.parts] == ["part-2", "part-4"]
    assert names(root) == {f"{KEY}-3/manifest.json", f"{KEY}-3/part-2", f"{KEY}-3/part-4"}


def test_nothing_is_taken_over_of_another_request(root: str) -> None:
    left_behind(root)
    again = LandingWriter(place(root), LOG)
    assert again.journal.resume("r2") is None
    assert names(root) == set()
    assert again.finish(LAYOUT, {}).parts == ()


def test_what_a_source_does_not_ask_for_goes_with_the_manifest(root: str) -> None:
    left_behind(root)
    again = LandingWriter(place(root), LOG)
    part(again, b"x", 1)
    again.finish(LAYOUT, {})
    assert names(root) == {f"{KEY}-2/manifest.json", f"{KEY}-2/part-1"}


def test_of_several_leftovers_the_last_with_a_journal_counts(root: str) -> None:
    left_behind(root)
    between = LandingWriter(place(root), LOG)
    part(between, b"x", 1)
    again = LandingWriter(place(root), LOG)
    kept = again.journal.resume("r1")
    assert kept is not None
    assert kept.parts == 1
    assert {name.partition("/")[0] for name in names(root)} == {f"{KEY}-3"}


def test_what_is_forgotten_is_not_taken_over(root: str) -> None:
    landing = left_behind(root)
    landing.journal.forget()
    landing.journal.keep({"page": 4}, b"four\n", 1)
    again = LandingWriter(place(root), LOG)
    assert again.journal.resume("r1") is None
    assert again.finish(LAYOUT, {}).parts == ()


def test_an_earlier_try_that_still_runs_cannot_write_into_the_next(tmp_path: Path) -> None:
    zombie = left_behind(str(tmp_path))
    again = LandingWriter(place(str(tmp_path)), LOG)
    assert again.journal.resume("r1")
    zombie.journal.keep({"page": 4}, b"zombie\n", 1)
    with pytest.raises(LakeError, match="cannot be written"):
        part(zombie, b"zombie\n", 9)
    third = LandingWriter(place(str(tmp_path)), LOG)
    kept = third.journal.resume("r1")
    assert kept is not None
    assert b"zombie" not in kept.lines


def test_no_part_takes_the_place_of_the_journal(root: str) -> None:
    with pytest.raises(LakeError, match="another part"):
        LandingWriter(place(root), LOG).part(JOURNAL).__enter__()


def test_a_try_goes_on_where_the_disk_has_no_room_for_a_second_copy(small_disk: Path) -> None:
    landing = LandingWriter(place(str(small_disk)), LOG)
    landing.journal.start("r1")
    part(landing, b"x" * 700_000, 1)
    landing.journal.keep({"page": 2}, b"two\n", 1)
    landing.abandon()  # it can be gone on from: it stays
    again = LandingWriter(place(str(small_disk)), LOG)
    kept = again.journal.resume("r1")
    assert kept is not None
    assert kept.parts == 1
    verify(again.finish(LAYOUT, {}))
