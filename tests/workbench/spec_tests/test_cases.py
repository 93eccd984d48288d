"""Unit tests of specs on a real server: what passes, and what each kind of failure says."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workbench.test_preview import FILES

from medallion.compiler.single import plan_of_pipeline
from medallion.errors import SpecError
from medallion.local.postgres import EmbeddedPostgres
from medallion.workbench.spec_tests.cases import CaseResult, run_case
from medallion.workbench.spec_tests.files import hold_to_plan, read_tests
from medallion.workbench.spec_tests.junit import junit

ORDERS = """\
    given:
      orders:
        rows:
          - {id: 1, amount: "9.50", buyer: ann@example.org}
          - {id: 1, amount: "9.50", buyer: ann@example.org}
          - {id: 2, amount: x, buyer: bob@example.org}
          - {id: 3, amount: "-1", buyer: null}
"""
GOOD = f"""\
pipeline: sales
tests:
  good:
    data_interval: {{start: 2026-02-01, end: 2026-02-02}}
{ORDERS}
    expect:
      silver_shop.orders:
        rows: [{{order_id: 1, amount: 9.5}}]
        quarantined: [{{reason: "amount:"}}, {{reason: "buyer: is empty"}}]
        deduplicated: 1
        discarded: 0
      gold_shop.totals: {{rows: [{{total: 9.50}}]}}
  wrong:
{ORDERS}
    expect:
      silver_shop.orders:
        rows: [{{order_id: 1, amount: 8}}, {{order_id: 7, amount: 1}}]
        quarantined: [{{reason: "amount:", rows: 2}}, {{reason: nothing of that kind}}]
        deduplicated: 0
        fails: a gate
  from_a_file_and_tables:
    given:
      silver_shop.orders: {{rows: [{{order_id: 1, amount: 2, _data_interval_end: 2026-01-02}}]}}
      silver_lab.readings: {{rows: [{{id: 5, value: five}}]}}
      returns: {{file: three returns.csv}}
    expect:
      silver_shop.returns: {{fails: "foreign_key"}}
      gold_shop.totals: {{rows: [{{total: 2}}]}}
      gold_shop.from_lab: {{rows: [{{id: 5, value: five}}]}}
  nothing_given:
    expect: {{gold_shop.from_lab: {{rows: []}}}}
"""
MISNAMED = """\
pipeline: sales
tests:
  misnamed:
    given:
      order: {rows: []}
      returns: {file: missing.csv}
    expect:
      silver_shop.ordres: {rows: []}
"""


class Project:
    def __init__(self, root: Path, server: EmbeddedPostgres) -> None:
        self.root, self.server = root, server
        for name, text in FILES.items():
            self.write(name, text)
        self.write("specs/shop/tests/three returns.csv", "order_id\n1\n2\n3\n")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, text: str) -> dict[str, CaseResult]:
        path = self.write("specs/shop/tests/sales.yaml", text)
        file = read_tests(path, self.root)
        plan = plan_of_pipeline(str(file.dag_id), self.root)
        hold_to_plan(file, plan)
        return {
            name: run_case(file, name, plan, self.root, self.server) for name in file.spec.tests
        }


@pytest.fixture
def project(tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Project:
    return Project(tmp_path, embedded_postgres)


def test_what_is_expected_is_compared_with_what_comes(project: Project) -> None:
    results = project.run(GOOD)
    assert (results["good"].failures, results["good"].error) == ((), "")
    assert results["wrong"].failures == (
        "silver_shop.orders: it is published, and was expected to fail with 'a gate'",
        "silver_shop.orders: row order_id=1: amount: expected 8.0, came 9.5",
        "silver_shop.orders: expected, and not there: {amount: 1.0, order_id: 7}",
        'silver_shop.orders: quarantined for \'amount: "…" is not a number with at most 8 '
        "digits before and 2 after the point': 1 row, not 2",
        "silver_shop.orders: no row is quarantined for 'nothing of that kind'",
        "silver_shop.orders: 1 row quarantined and not expected: buyer: is empty, "
        '{"id": "3", "buyer": "[protected]", "amount": "-1"}',
        "silver_shop.orders: 1 row deduplicated, not 0",
    )
    from_tables = results["from_a_file_and_tables"]
    assert (from_tables.failures, from_tables.error) == ((), "")
    assert "nothing is given for silver_lab.readings" in results["nothing_given"].error
    xml = junit(list(results.values()))
    assert 'tests="4" failures="1" errors="1"' in xml
    assert "came 9.5" in xml


def test_names_that_the_pipeline_does_not_have_are_found_before_anything_runs(
    project: Project,
) -> None:
    with pytest.raises(SpecError) as refused:
        project.run(MISNAMED)
    assert [(i.line, i.problem, i.remedy) for i in refused.value.issues] == [
        (5, "shop.sales has no dataset order", "did you mean orders?"),
        (6, "there is no file missing.csv beside this one", "correct the name, or add it"),
        (8, "shop.sales publishes no table silver_shop.ordres", "did you mean silver_shop.orders?"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pipeline: sales\ntests: {a: {expect: {}}}\n", "at least one entry"),
        ("pipeline: sales\ntests: {a: {expects: {}}}\n", "did you mean expect?"),
        (
            "pipeline: sales\ntests: {a: {given: {orders: {}}, expect: {x: {}}}}\n",
            "`rows` or `file`",
        ),
        (
            "pipeline: sales\ntests: {a: {given: {o: {file: ../x.csv}}, expect: {x: {}}}}\n",
            "../x.csv",
        ),
    ],
)
def test_a_file_of_tests_is_strict(project: Project, text: str, problem: str) -> None:
    with pytest.raises(SpecError) as refused:
        project.run(text)
    assert problem in str(refused.value)
    assert all(issue.line for issue in refused.value.issues)
