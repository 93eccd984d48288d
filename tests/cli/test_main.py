"""What all verbs have in common."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


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
