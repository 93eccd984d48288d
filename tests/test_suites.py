"""Suites of their own: each covers files that there are, and a change of one of them is seen."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from medallion.roots import PROJECT_ROOT


@pytest.fixture
def suites(tmp_path: Path) -> ModuleType:
    """The module, for a copy of what it looks at."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(PROJECT_ROOT / ".ci" / "suites.py", tmp_path / ".ci")
    spec = importlib.util.spec_from_file_location("suites", tmp_path / ".ci" / "suites.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for patterns in module.SUITES.values():
        for pattern in patterns:
            found = [path for path in PROJECT_ROOT.glob(pattern) if path.is_file()]
            assert found, f"{pattern} matches no file"
            copy = tmp_path / found[0].relative_to(PROJECT_ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found[0], copy)
    module.PASSED.write_text("{}")
    return module


def test_a_suite_runs_until_it_has_passed_and_where_a_file_has_changed(
    suites: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert suites.main(["changed"]) == 0
    assert (
        capsys.readouterr().out
        == "kill\nbi\nml\nwheel\nexecutors\nfailover\ncontracts\nspark\nreaders\n"
    )
    for name in suites.SUITES:
        assert suites.main(["passed", name]) == 0
    assert suites.main(["changed"]) == 0
    assert capsys.readouterr().out == ""
    covered = next((tmp_path / "plugins/medallion").glob("sources/kafka/**/*.py"))
    covered.write_text(covered.read_text() + "\n")
    assert suites.main(["changed"]) == 0
    assert capsys.readouterr().out == "kill\n"


def test_what_is_not_known_is_not_written_down(suites: ModuleType) -> None:
    assert suites.main(["passed", "none"]) == 2
    assert suites.PASSED.read_text() == "{}"


def test_each_suite_has_a_target(suites: ModuleType) -> None:
    makefile = (PROJECT_ROOT / "Makefile").read_text()
    for name, patterns in suites.SUITES.items():
        assert re.search(rf"^suite-{name}: dev-env .*## ", makefile, re.M)
        assert any(pattern.startswith("tests/") for pattern in patterns)
