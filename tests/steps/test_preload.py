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

SOURCES = """
import sys
import great_expectations.datasource.fluent as fluent
from medallion.steps.preload import _OTHER_SOURCES
sources = [name for name in sys.modules if name.startswith(f"{fluent.__name__}.")]
print(*sorted(name.rpartition(".")[2] for name in sources if name.endswith("_datasource")))
from great_expectations.datasource.fluent.sqlite_datasource import SqliteDatasource
print(SqliteDatasource.__mro__[1].__name__, fluent.SqliteDatasource is SqliteDatasource)
for name in _OTHER_SOURCES:  # each is there under this name
    __import__(f"{fluent.__name__}.{name}_datasource")
"""


WHOLE = """
import sys
from medallion.steps.preload import preload
preload()
from medallion.steps.gate import metrics
print(metrics.register.cache_info().currsize, "multiprocessing.synchronize" in sys.modules)
"""


def run_child(folder: Path, project_root: Path, code: str) -> list[str]:
    """The words that it prints."""
    # A file: while code without one runs, `inspect` asks each module where it is from.
    (child := folder / "child.py").write_text(code)
    environ = {**os.environ, "PYTHONPATH": str(project_root / "plugins")}
    done = subprocess.run(
        [sys.executable, child], env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_statistics_and_charts_are_imported_when_an_expectation_uses_them(
    project_root: Path, tmp_path: Path
) -> None:
    said = run_child(tmp_path, project_root, CHILD)
    assert said == [*["False"] * 3, "1.0", "Chart", *["True"] * 3]


def test_of_data_sources_only_those_of_gates_are_imported(
    project_root: Path, tmp_path: Path
) -> None:
    said = run_child(tmp_path, project_root, f"{CHILD.partition('late =')[0]}{SOURCES}")
    gates = ["invalid_datasource", "pandas_datasource", "postgres_datasource", "sql_datasource"]
    assert said == [*gates, "SQLDatasource", "False"]


def test_gates_count_as_medallion_does_before_the_first_one_is_forked(
    project_root: Path, tmp_path: Path
) -> None:
    assert run_child(tmp_path, project_root, WHOLE) == ["1", "True"]
