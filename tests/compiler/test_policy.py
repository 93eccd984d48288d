"""specs/policy.yaml and what is kept: a change of it is noticed, and refuses whom it is about."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from tests.compiler.projects import broken_guard

from medallion.compiler.guard import Guard, share_guard
from medallion.compiler.project import load_project, read_project
from medallion.compiler.runnable import Project
from medallion.compiler.survey import Survey
from medallion.spec.load.policy_file import end_of

SPEC = """\
description: Days of the %s.
datasets:
  orders:
    source: {type: file, path: include/data/%s/orders.csv}
    silver: {columns: {day: {type: date}}}
"""
RULE = "rules: {has-key: {require: primary_key, severity: %s, applies_to: {domains: [shop]}%s}}\n"
EXEMPTION = (
    ", exemptions: [{table: silver_shop.orders, reason: until it has one, expires: 2199-12-31}]"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for domain in ("shop", "lab"):
        (tmp_path / "specs" / domain).mkdir(parents=True)
        (tmp_path / "specs" / domain / "good.yaml").write_text(SPEC % (domain, domain))
    return tmp_path


def load(root: Path, guard: Guard | None = None) -> Project:
    return load_project(root, until=time.monotonic() + 120, guard=guard)


def running(project: Project) -> dict[str, list[str]]:
    """Each DAG, and the rules for which its spec is refused meanwhile."""
    return {str(one.plan.dag_id): [i.rule for i in one.refused] for one in project.runnable}


def test_a_policy_that_changes_is_applied_to_whom_it_is_about(root: Path) -> None:
    policy = root / "specs/policy.yaml"
    assert running(load(root)) == {"lab.good": [], "shop.good": []}
    for text, refused in (
        (RULE % ("error", ""), ["policy/has-key"]),
        (RULE % ("error", EXEMPTION), []),
        (RULE % ("warning", ""), []),
        ("rules: [", []),  # no spec is refused for a policy that nobody can read
    ):
        policy.write_text(text)
        assert "compiling" in [issue.rule for issue in load(root, broken_guard()).issues]
        found = load(root)
        assert running(found) == {"lab.good": [], "shop.good": refused}
        assert load(root, broken_guard()) == found
    assert [issue.path for issue in found.issues] == ["specs/policy.yaml"]
    policy.unlink()
    assert load(root).issues == ()


def test_a_verdict_that_needs_an_exemption_ends_with_it(root: Path) -> None:
    (root / "specs/policy.yaml").write_text(RULE % ("error", EXEMPTION))
    assert [spec.exempted for spec in read_project(root).specs] == [
        (),
        (("has-key", "silver_shop.orders"),),
    ]
    survey = Survey(root, share_guard())
    until = {one.path: one.entry.until for one in (*survey.domains, *survey.specs) if one.entry}
    end = end_of(date(2199, 12, 31))
    assert until == {
        "specs/policy.yaml": end,
        "specs/lab/good.yaml": 0.0,
        "specs/shop/good.yaml": end,
    }


def test_warnings_are_kept_and_refuse_nothing(root: Path) -> None:
    (root / "specs/policy.yaml").write_text(RULE % ("warning", ""))
    for guard in (None, broken_guard()):
        report = read_project(root, guard)
        assert (len(report.specs), report.issues) == (2, ())
        (warning,) = report.warnings
        assert (warning.path, warning.line, warning.level, warning.rule) == (
            "specs/shop/good.yaml", 3, "warning", "policy/has-key",
        )  # fmt: skip
