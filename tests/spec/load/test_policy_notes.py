"""Exemptions that nobody needs, or that end soon."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from medallion.spec.load.policy_file import end_of, load_policy
from medallion.spec.load.policy_notes import policy_notes
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

TABLE = "{source: {type: file, path: include/data/shop/a.csv}, silver: {columns: {day: {type: date}}%s}}"  # noqa: E501
TODAY = date(2150, 1, 10)
POLICY = """\
rules:
  has-key:
    require: primary_key
    exemptions:
      - {table: silver_shop.orders, reason: needed for long, expires: 2150-03-01}
      - {table: silver_shop.others, reason: needed for now, expires: 2150-01-31}
      - {table: silver_shop.keyed, reason: it keeps the rule by now, expires: 2150-03-01}
      - {table: silver_shop.ordrs, reason: it is misspelt, expires: 2150-03-01}
      - {table: silver_lab.unknown, reason: its domain has a broken spec, expires: 2150-03-01}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("specs/shop", "specs/lab"):
        (tmp_path / folder).mkdir(parents=True)
    keyed = TABLE % ", primary_key: [day]"
    tables = f"{{orders: {TABLE % ''}, others: {TABLE % ''}, keyed: {keyed}}}"
    (tmp_path / "specs/shop/sales.yaml").write_text(f"description: x\ndatasets: {tables}\n")
    (tmp_path / "specs/lab/broken.yaml").write_text("descripton: x\n")
    (tmp_path / "specs/policy.yaml").write_text(POLICY)
    return tmp_path


def test_exemptions_that_nobody_needs_or_that_end_soon(root: Path) -> None:
    report = load_all(root, sql_reader(root))
    assert [str(spec.dag_id) for spec in report.specs] == ["shop.sales"]
    found = list(policy_notes(report, root, TODAY))
    assert {one.level for one in found} == {"warning"}
    assert [(one.line, one.rule, one.problem, one.remedy) for one in found] == [
        (6, "policy-exemption-ends",
         "the exemption of silver_shop.others ends on 2150-01-31, and it is needed",
         "bring the table in line before that, or decide again"),
        (7, "policy-exemption-unused",
         "silver_shop.keyed needs no exemption: it keeps the rule, or the rule is not about it",
         "remove it"),
        (8, "policy-exemption-unused", "no spec publishes silver_shop.ordrs",
         "did you mean silver_shop.orders?"),
    ]  # fmt: skip


def test_an_exemption_holds_to_the_end_of_its_last_day(root: Path) -> None:
    last = date(2150, 1, 31)
    assert load_policy(root, last).issues == ()
    assert load_policy(root, last).until == end_of(last)
    after = load_policy(root, date(2150, 2, 1))
    assert [(one.line, one.rule) for one in after.issues] == [(6, "policy-exemption-expired")]
    assert after.until == end_of(date(2150, 3, 1))


def test_nobody_knows_what_a_rule_without_an_answer_is_needed_for(root: Path) -> None:
    rule = '{expression: "1/0 == 1", message: x, exemptions: [%s]}'
    one = "{table: silver_shop.orders, reason: needed for long, expires: 2150-03-01}"
    (root / "specs/policy.yaml").write_text(f"rules: {{a: {rule % one}}}\n")
    report = load_all(root, sql_reader(root))
    assert [issue.rule for issue in report.issues if not issue.path.startswith("specs/lab")] == [
        "policy-expression"
    ]
    assert list(policy_notes(report, root, TODAY)) == []
