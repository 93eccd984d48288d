"""What is imported ahead, in a process of its own: what is imported stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHILD = """
import sys
from medallion.steps.preload import GATE, preload
preload(GATE)
print("scipy.stats._distn_infrastructure" in sys.modules)
from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as kl
print(round(float(kl.stats.entropy([0.5, 0.5], base=2)), 6))
print("scipy.stats._distn_infrastructure" in sys.modules)
"""


def test_statistics_are_imported_when_an_expectation_uses_them(
    project_root: Path, tmp_path: Path
) -> None:
    # A file: while code without one runs, `inspect` asks each module where it is from.
    (child := tmp_path / "child.py").write_text(CHILD)
    environ = {**os.environ, "PYTHONPATH": str(project_root / "plugins")}
    done = subprocess.run(
        [sys.executable, child], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "1.0", "True"]
