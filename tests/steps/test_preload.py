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
late = ("scipy.stats._distn_infrastructure", "altair.vegalite", "azure.storage.blob")
print(*(name in sys.modules for name in late))
from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as kl
print(round(float(kl.stats.entropy([0.5, 0.5], base=2)), 6))
print(kl.alt.Chart.__name__)
import azure.storage.blob  # whoever reads by it has it
print(*(name in sys.modules for name in late))
"""


def test_statistics_and_charts_are_imported_when_an_expectation_uses_them(
    project_root: Path, tmp_path: Path
) -> None:
    # A file: while code without one runs, `inspect` asks each module where it is from.
    (child := tmp_path / "child.py").write_text(CHILD)
    environ = {**os.environ, "PYTHONPATH": str(project_root / "plugins")}
    done = subprocess.run(
        [sys.executable, child], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [*["False"] * 3, "1.0", "Chart", *["True"] * 3]
