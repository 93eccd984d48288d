"""The grid of checks and runs, and what a cell says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.catalogue.shop import SALES, TOTALS, Shop

from medallion.catalogue.quality import Quality, _verdict, columns_of, read_quality
from medallion.warehouse.catalogue.quality import CheckResult


def quality_of(shop: Shop, hidden: frozenset[str] = frozenset()) -> Quality:
    with shop.session() as session:
        return read_quality(session, SALES, lambda names: hidden)


def test_each_check_has_a_cell_a_run_the_latest_last(published: Shop) -> None:
    found = quality_of(published)
    assert [run.run_id for run in found.runs] == ["scheduled__0", "scheduled__1"]
    assert {line.title for line in found.lines} == {
        "between amount (min_value: 0)",
        "row_count (min_value: 2)",
        "not_null amount (mostly: 0.9)",
    }
    assert all(len(line.cells) == 2 for line in found.lines)


def test_a_cell_is_a_sentence_with_counts_and_examples(published: Shop) -> None:
    cell = quality_of(published).cell("scheduled__0", "silver", "between_amount")
    assert cell is not None
    assert cell.status == "quarantined"
    assert cell.sentence == "1 of 5 rows failed (20.0 %); the failing rows went to quarantine"
    assert [float(value) for value in cell.examples] == [-5.0]
    assert quality_of(published).cell("scheduled__0", "silver", "no_such_check") is None


def test_examples_of_personal_columns_are_not_shown(published: Shop) -> None:
    cell = quality_of(published, frozenset({"amount"})).cell(
        "scheduled__0", "silver", "between_amount"
    )
    assert cell is not None
    assert (cell.examples, cell.are_hidden) == ((), True)


def test_a_gate_without_checks_has_no_lines(published: Shop) -> None:
    with published.session() as session:
        assert read_quality(session, TOTALS, lambda names: frozenset()).lines == []


def test_values_of_a_query_or_of_a_reference_are_shown_where_nothing_is_personal() -> None:
    rows = result(kwargs={"unexpected_rows_query": "select …"}, examples=[{"who": "ada"}])
    reference = result(kwargs={"foreign_key": {"column": "buyer", "to": "silver_shop.buyers.id"}})
    for one, names in ((rows, ()), (reference, ("buyer",))):
        assert columns_of(one) == names
        assert _verdict(one, frozenset()).examples
        hidden = _verdict(one, frozenset({"email", *names}))
        assert (hidden.examples, hidden.are_hidden) == ((), True)
    assert _verdict(reference, frozenset({"email"})).examples == ("ada",)


def result(**more: Any) -> CheckResult:
    said: dict[str, Any] = {"examples": ["ada"], **more}
    return CheckResult(
        dag_id="shop.sales", run_id="r", task_id="sales.gate_silver", check_id="c", layer="gold",
        check_name="c", on_failure="fail", status="failed", rows_checked=2, rows_failed=1,
        observed=None, description="", evaluated_at=datetime(2026, 1, 1, tzinfo=UTC),
        publication_id=None, **said,
    )  # fmt: skip
