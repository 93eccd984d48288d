"""How much room a disk has, and when that is too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.disk import GIB, WARN_GIB, Room, room_at


@pytest.mark.parametrize(
    ("free", "total", "low"),
    [(9, 100, True), (10, 100, False), (10, 2000, False), (9.9, 2000, True), (0.2, 1, False)],
)
def test_a_tenth_or_ten_gibibytes_are_enough(free: float, total: float, low: bool) -> None:
    room = Room(path=Path("/lake"), free=int(free * GIB), total=int(total * GIB))
    assert room.is_low is low


def test_an_operator_says_what_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(path=Path("/lake"), free=15 * GIB, total=16 * GIB)
    monkeypatch.setenv(WARN_GIB, "20")
    assert room.is_low
    assert str(room) == "15.0 of 16.0 GiB are free on the disk of /lake"


def test_a_lake_that_is_not_there_yet_is_on_its_parents_disk(tmp_path: Path) -> None:
    room = room_at(tmp_path / "not" / "yet")
    assert 0 < room.free <= room.total
