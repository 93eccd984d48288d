"""Every code is explained, by an example whose wrong half is refused and whose right one is valid.

A rule's example is made of a case of `broken/` and of its counterpart in `right/`, which has to be
valid. Run with MEDALLION_WRITE_GOLDEN=1 to write examples.json and docs/rules.md.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from tests.spec.explained.made import SPEC, WHOLE, WRONG_PROJECTS, made, wrong_project
from tests.spec.noted import find_all_notes

from medallion.spec.explained import examples
from medallion.spec.explained.codes import OTHERS, WHAT_TO_DO, meanings
from medallion.spec.explained.page import page
from medallion.spec.load.specs import load_all
from medallion.spec.rules import RULES
from medallion.spec.rules.across import ACROSS
from medallion.spec.rules.context import rule_id
from medallion.spec.sql.reader import sql_reader

RIGHT = sorted((SPEC / "right").glob("*.yaml"))
RIGHT_PROJECTS = sorted((SPEC / "right_projects").iterdir())
_CODE = re.compile(r": (?:error|warning): \[([a-z-]+)\]")


def test_each_counterpart_is_valid(tmp_path: Path) -> None:
    """All in one project, each in a domain of its own would need SQL of its own: so one by one."""
    wrong = []
    for case in [*RIGHT, *RIGHT_PROJECTS]:
        root = tmp_path / case.stem
        if case.is_dir():
            if case.name not in WHOLE:
                shutil.copytree(wrong_project(case.name), root)
            shutil.copytree(case, root, dirs_exist_ok=True)
        else:
            shutil.copytree(SPEC / "broken" / "include", root / "include", symlinks=True)
            shutil.copytree(SPEC / "right" / "include", root / "include", dirs_exist_ok=True)
            (root / "specs" / "shop").mkdir(parents=True)
            shutil.copy(case, root / "specs" / "shop")
        if (SPEC / "noted_projects" / case.name).is_dir():
            wrong += [f"{case.stem}: {issue.one_line()}" for issue in find_all_notes(root)]
            continue
        report = load_all(root, sql_reader(root))
        wrong += [f"{case.stem}: {issue.one_line()}" for issue in report.issues]
        assert report.specs or report.issues, case
    assert wrong == [], "\n".join(wrong)


def test_each_case_has_its_counterpart() -> None:
    broken = {path.stem for path in (SPEC / "broken").glob("*.yaml")}
    projects = {p.name for kind in WRONG_PROJECTS for p in (SPEC / kind).iterdir() if p.is_dir()}
    assert broken == {path.stem for path in RIGHT}
    assert projects == {path.name for path in RIGHT_PROJECTS}


def test_the_examples_and_the_page_are_made_of_the_cases(project_root: Path) -> None:
    found = examples.render(made())
    place = project_root / "docs" / "rules.md"
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        examples.FILE.write_text(found, encoding="utf-8")
        examples.examples.cache_clear()
        place.write_text(page(), encoding="utf-8")
    assert found == examples.FILE.read_text(encoding="utf-8")
    assert page() == place.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", [*RULES, *ACROSS], ids=rule_id)
def test_every_rule_has_an_example(rule: object) -> None:
    one = examples.examples()[rule_id(rule)]  # type: ignore[arg-type]
    assert one.wrong != one.right
    assert one.problem


def test_every_code_has_an_example_or_says_what_to_do() -> None:
    """No spec can show a machine that is busy, or a warehouse that does not answer."""
    shown = set(examples.examples())
    assert shown | set(WHAT_TO_DO) == set(meanings())
    assert shown & set(WHAT_TO_DO) == set()


def test_every_code_that_is_reported_has_a_meaning(project_root: Path) -> None:
    reported = {
        code
        for path in (*SPEC.glob("broken*/*.txt"), *SPEC.glob("noted*/*.txt"))
        for code in _CODE.findall(path.read_text(encoding="utf-8"))
    }
    written = {
        code
        for path in (project_root / "plugins" / "medallion").rglob("*.py")
        for code in re.findall(r'\brule="([a-z-]+)"', path.read_text(encoding="utf-8"))
    } - {"key"}  # of a docstring
    assert (reported | written) - set(meanings()) == set()
    assert all(meaning.endswith(".") for meaning in OTHERS.values())
