"""Hosts that run tasks see one lake, or the task says which host does not."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from medallion.errors import LakeError
from medallion.lake.mark import NAME, read_mark
from medallion.operations.doctor.lake import examine_mark
from medallion.operations.same_lake import AnotherLake, adopt_lake, hold_to_lake
from medallion.warehouse.doctor.lake import find_registered_lake


def test_the_first_lake_is_registered_and_another_one_is_refused(
    warehouse_db: str, tmp_path: Path
) -> None:
    shared, own = str(tmp_path / "shared"), str(tmp_path / "own")
    assert find_registered_lake(warehouse_db) is None
    hold_to_lake(warehouse_db, shared)
    hold_to_lake(warehouse_db, shared)
    with pytest.raises(AnotherLake, match=f"sees {own} as the lake.*is not in it") as refused:
        hold_to_lake(warehouse_db, own)
    assert refused.value.retryable, "another host may have the right one"
    assert "MEDALLION_LAKE_ROOT" in str(refused.value)
    assert not (tmp_path / "own").exists(), "nothing is written where nobody looks"


def test_a_lake_with_another_mark_is_refused_until_it_is_adopted(
    warehouse_db: str, tmp_path: Path
) -> None:
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    hold_to_lake(warehouse_db, first)
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / NAME).write_text('{"lake": "of another warehouse"}')
    with pytest.raises(AnotherLake, match="has another mark"):
        hold_to_lake(warehouse_db, second)
    assert adopt_lake(warehouse_db, second).mark == "of another warehouse"
    hold_to_lake(warehouse_db, second)
    with pytest.raises(AnotherLake):
        hold_to_lake(warehouse_db, first)
    adopt_lake(warehouse_db, first)
    hold_to_lake(warehouse_db, first)


def test_a_copied_lake_keeps_its_mark(warehouse_db: str, tmp_path: Path) -> None:
    hold_to_lake(warehouse_db, str(tmp_path / "old"))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / NAME).write_bytes((tmp_path / "old" / NAME).read_bytes())
    hold_to_lake(warehouse_db, str(tmp_path / "new"))


def test_only_one_of_several_first_ones_is_registered(warehouse_db: str, tmp_path: Path) -> None:
    outcomes: list[str] = []

    def start(root: Path) -> None:
        try:
            hold_to_lake(warehouse_db, str(root))
            outcomes.append("same")
        except AnotherLake:
            outcomes.append("another")

    threads = [threading.Thread(target=start, args=(tmp_path / str(one),)) for one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["another", "another", "another", "same"]
    assert sum(read_mark(tmp_path / str(one)) is not None for one in range(4)) == 1


def test_a_mark_that_is_none_of_ours_is_an_error(warehouse_db: str, tmp_path: Path) -> None:
    for content in ("", "[]", '{"lake": 7}', '{"lake": ""}', "\x00"):
        (tmp_path / NAME).write_text(content)
        with pytest.raises(LakeError, match="does not say which lake this is"):
            hold_to_lake(warehouse_db, str(tmp_path))


def test_the_doctor_says_which_host_has_another_lake(warehouse_db: str, tmp_path: Path) -> None:
    shared, own = str(tmp_path / "shared"), str(tmp_path / "own")

    def look(root: str) -> tuple[str, str]:
        found = examine_mark(root, warehouse_db)
        return found.verdict, found.says

    assert look(own) == (
        "ok",
        "no host has registered its lake: only tasks of Celery and Kubernetes do",
    )
    hold_to_lake(warehouse_db, shared)
    assert look(shared) == ("ok", "it is the one that the other hosts have")
    verdict, says = look(own)
    assert verdict == "failed"
    assert f"sees {own} as the lake" in says
