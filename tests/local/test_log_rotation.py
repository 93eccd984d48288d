"""The logs of the local stack: bounded, and nothing but logs is touched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from medallion.errors import SetupError
from medallion.local.log_rotation import MIB, Bounds, LogKeeper, rotate, sweep
from medallion.private_files import open_private


def test_who_writes_goes_on_writing_to_an_emptied_log(tmp_path: Path) -> None:
    log = tmp_path / "scheduler.log"
    with open_private(log, "ab") as writer:  # as a component has it
        for number in range(6):
            writer.write(f"{number}".encode() * 100)
            writer.flush()
            assert rotate(log, 150) is (number % 2 == 1)
        writer.write(b"end")
    names = {path.name: path.read_bytes()[:1] for path in tmp_path.iterdir()}
    assert names == {
        "scheduler.log": b"e",
        "scheduler.log.1": b"4",
        "scheduler.log.2": b"2",
        "scheduler.log.3": b"0",
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())
    assert log.read_bytes() == b"end"


def test_only_so_many_full_logs_stay(tmp_path: Path) -> None:
    log = tmp_path / "scheduler.log"
    for number in range(6):
        log.write_text(str(number) * 10)
        assert rotate(log, 5, kept=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "scheduler.log", "scheduler.log.1", "scheduler.log.2",
    ]  # fmt: skip
    assert (tmp_path / "scheduler.log.1").read_text() == "5" * 10


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("x" * 100)
    (tmp_path / "a.log").symlink_to(elsewhere)
    assert not rotate(tmp_path / "a.log", 5)
    assert elsewhere.read_text() == "x" * 100


def task_log(root: Path, run: str, days: float) -> Path:
    path = root / f"dag_id=a.b/run_id={run}/task_id=c/attempt=1.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    moment = time.time() - days * 24 * 3600
    for one in (path, path.parent, path.parent.parent):
        os.utime(one, (moment, moment))
    return path


def test_task_logs_go_by_their_age_with_their_folders(tmp_path: Path) -> None:
    old, young = task_log(tmp_path, "old", 31), task_log(tmp_path, "young", 29)
    assert sweep(tmp_path, 30) == 1
    assert not old.parent.parent.exists()
    assert young.exists()
    assert sweep(tmp_path, 30) == 0


def test_the_keeper_looks_after_all_of_it_and_not_at_every_turn(tmp_path: Path) -> None:
    logs, tasks = tmp_path / "logs", tmp_path / "airflow"
    logs.mkdir()
    (logs / "api-server.log").write_text("x" * 100)
    (logs / "api-server.json").write_text("x" * 100)
    old = task_log(tasks, "old", 31)
    keeper = LogKeeper([logs, tmp_path / "none"], tasks, Bounds(log_bytes=10))
    keeper.look()
    assert (logs / "api-server.log").read_text() == ""
    assert (logs / "api-server.json").read_text() == "x" * 100
    assert not old.exists()
    (logs / "api-server.log").write_text("y" * 100)
    keeper.look()
    assert (logs / "api-server.log").read_text() == "y" * 100


def test_an_operator_sets_the_bounds() -> None:
    assert Bounds.of({}) == Bounds(log_bytes=20 * MIB, task_log_days=30)
    said = {"MEDALLION_LOG_MIB": "5", "MEDALLION_TASK_LOG_DAYS": "7"}
    assert Bounds.of(said) == Bounds(log_bytes=5 * MIB, task_log_days=7)
    with pytest.raises(SetupError, match="MEDALLION_LOG_MIB=big is not a whole number"):
        Bounds.of({"MEDALLION_LOG_MIB": "big"})
