"""Every broken spec tells each of its problems, with file, line, column, key, reason and remedy.

A new case is a file: `broken/<case>.yaml`, or a folder `broken_projects/<case>/` with specs/ and
include/. What it is to tell stands beside it in `<case>.txt`, as `validate --ci` prints it. Run
with MEDALLION_WRITE_GOLDEN=1 to write that, and read it before it is committed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from medallion.spec.load.specs import load_all
from medallion.spec.rules import RULES
from medallion.spec.rules.across import ACROSS
from medallion.spec.rules.context import rule_id
from medallion.spec.sql.reader import sql_reader

HERE = Path(__file__).parent
CASES = sorted((HERE / "broken").glob("*.yaml"))
PROJECTS = sorted(path for path in (HERE / "broken_projects").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_broken_spec_tells_all_its_problems_and_takes_no_other_down(
    case: Path, tmp_path: Path
) -> None:
    shutil.copytree(HERE / "broken" / "include", tmp_path / "include", symlinks=True)
    folder = tmp_path / "specs" / "shop"
    folder.mkdir(parents=True)
    shutil.copy(case, folder)
    other = tmp_path / "specs" / "other"
    other.mkdir()
    (other / "healthy.yaml").write_text("description: Untouched.\ndatasets:\n" + _DATASET)
    loaded = _compare(tmp_path, case.with_suffix(".txt"))
    assert loaded == ["other.healthy"]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_specs_that_do_not_go_together_are_reported(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    _compare(tmp_path, project.with_suffix(".txt"))


@pytest.mark.parametrize("rule", [*RULES, *ACROSS], ids=rule_id)
def test_every_rule_has_its_case_and_says_what_it_is_for(rule: Callable[..., object]) -> None:
    reported = "".join(path.read_text() for path in HERE.glob("broken*/*.txt"))
    assert f"[{rule_id(rule)}]" in reported
    assert rule.__doc__


_DATASET = """\
  healthy:
    source: {type: file, path: include/data/other/other.csv}
    silver: {columns: {day: {type: date}}}
"""


def _compare(root: Path, golden: Path) -> list[str]:
    """Compare what is reported with the golden file; the ids of the DAGs that are left."""
    report = load_all(root, sql_reader(root))
    loaded = [str(spec.dag_id) for spec in report.specs]
    found = sorted((*report.issues, *report.warnings))
    reported = "".join(f"{issue.one_line()}\n" for issue in found)
    if golden.parent.name == "broken_projects":
        reported += f"loaded: {' '.join(loaded) or 'nothing'}\n"
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        golden.write_text(reported, encoding="utf-8")
    assert reported == golden.read_text(encoding="utf-8")
    assert report.issues
    return loaded
