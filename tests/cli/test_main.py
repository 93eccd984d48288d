"""What all verbs have in common."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from medallion.cli import arguments as module
from medallion.cli.__main__ import main
from medallion.errors import SetupError
from medallion.local.paths import LocalPaths
from medallion.roots import PROJECT


@pytest.mark.parametrize("words", [["status"], ["versions", "--help"]], ids=" ".join)
def test_a_reader_that_has_left_ends_a_command_without_a_traceback(
    words: list[str], module_warehouse_db: str
) -> None:
    reads, writes = os.pipe()
    os.close(reads)  # as `| head -0` does
    done = subprocess.run(
        [sys.executable, "-m", "medallion.cli", *words],
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "MEDALLION_WAREHOUSE_URL": module_warehouse_db},
    )
    os.close(writes)
    assert done.stderr == ""


@pytest.mark.parametrize("words", [["env", "list"], ["env", "drop", "alice"], ["doctor"]])
def test_the_warehouse_of_a_command_is_that_of_the_project_it_is_given(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "specs").mkdir()
    asked: list[Path] = []

    def no_databases(paths: LocalPaths) -> None:
        asked.append(paths.state_root)
        raise SetupError("no database is started", remedy="this is a test")

    for name in ("MEDALLION_WAREHOUSE_URL", "MEDALLION_STATE_ROOT", PROJECT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "start_databases", no_databases)
    assert main([*words, "--root", str(tmp_path)]) == 1
    assert asked == [tmp_path / ".medallion"]
    assert PROJECT not in os.environ, "the next command has a project of its own"


def test_contracts_are_those_of_the_project_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not those of the samples that a wheel brings along."""
    monkeypatch.setenv(PROJECT, str(tmp_path))
    assert main(["contract", "export", "--offline"]) == 1
    assert str(tmp_path / "specs") in capsys.readouterr().err
