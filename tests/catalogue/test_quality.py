"""The grid of checks and runs, and what a cell says."""

from __future__ import annotations

from tests.catalogue.shop import SALES, TOTALS, Shop

from medallion.catalogue.quality import Quality, read_quality


def quality_of(shop: Shop, hidden: frozenset[str] = frozenset()) -> Quality:
    with shop.session() as session:
        return read_quality(session, SALES, hidden)


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
        assert read_quality(session, TOTALS, frozenset()).lines == []
