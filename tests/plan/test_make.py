"""Specs and the plans that they become. A new case is `golden/<name>.yaml` with its SQL beside it.

MEDALLION_WRITE_GOLDEN=1 writes the expected plans again: read what changed before you commit it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.plan.render import render

from medallion.airflow.loader import plan_of
from medallion.plan.grants import roles_of
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))


def project_of(case: str, root: Path) -> Path:
    """The case as a project's only spec, in the domain `golden`."""
    for folder in ("specs/golden", "include/sql/golden", "include/data"):
        (root / folder).mkdir(parents=True)
    shutil.copy(GOLDEN / f"{case}.yaml", root / "specs/golden")
    for sql in GOLDEN.glob(f"{case}.*.sql"):
        shutil.copy(sql, root / "include/sql/golden" / sql.name.removeprefix(f"{case}."))
    return root


@pytest.mark.parametrize("case", CASES)
def test_a_spec_becomes_its_plan(case: str, tmp_path: Path) -> None:
    plan = render(plan_of(f"golden.{case}", project_of(case, tmp_path)))
    expected = GOLDEN / f"{case}.plan.txt"
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        expected.write_text(plan)
    assert plan == expected.read_text()


def test_the_digest_changes_with_the_spec_and_with_its_sql(tmp_path: Path) -> None:
    root = project_of("everything", tmp_path)
    digests = {plan_of("golden.everything", root).digest}
    for path in ("specs/golden/everything.yaml", "include/sql/golden/hottest.sql"):
        (root / path).write_text((root / path).read_text() + "\n")
        digests.add(plan_of("golden.everything", root).digest)
    assert len(digests) == 3


def test_the_roles_of_a_project_are_its_readers_and_whom_it_grants_to(tmp_path: Path) -> None:
    root = project_of("everything", tmp_path)
    loaded = load_spec(root / "specs/golden/everything.yaml", root, sql_reader(root))
    assert roles_of([loaded]) == ("bi_reader", "reader_golden", "reader_lab")
