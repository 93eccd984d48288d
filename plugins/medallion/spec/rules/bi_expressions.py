"""SQL expressions in BI declarations: what is wrong with them, as findings."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.bi_datasets import Dataset
from medallion.spec.rules.bi_templates import mark_of
from medallion.sql.expressions import ExpressionText, read_expression


def find_problems(where: KeyPath, text: str, read: ExpressionText) -> Iterator[Finding]:
    """The problems of an expression. Superset runs Jinja over it, within its literals too."""
    if (at := mark_of(text)) is not None:
        yield Finding(
            where=where,
            problem=f"SQL is not a template: {text[at : at + 2]} is Jinja",
            remedy="leave it out; an array of arrays is ARRAY[[1, 2], [3, 4]]",
        )
        return
    for found in read.problems:
        place = f"line {found.line}, " if "\n" in text.strip() and found.line else ""
        place = f"{place}character {found.column}: " if found.line else ""
        yield Finding(where=where, problem=f"{place}{found.problem}", remedy=found.remedy)


def judge_condition(where: KeyPath, text: str, dataset: Dataset) -> Iterator[Finding]:
    """What is wrong with a condition over a table's columns."""
    read = read_expression(text, dataset.table, dataset.columns)
    yield from find_problems(where, text, read)
    if read.has_aggregate or read.has_window:
        yield Finding(
            where=where,
            problem="it aggregates, and a condition chooses single rows",
            remedy="compare columns: status = 'paid'",
        )
    elif read.is_no_condition:
        yield Finding(
            where=where,
            problem="it is not a condition: it is never true or false",
            remedy="compare: status = 'paid'",
        )
    yield from _check_protected(where, read, dataset)


def refuse_protected(where: KeyPath, text: str, dataset: Dataset) -> Iterator[Finding]:
    """The protected columns that an expression names, also by a whole row."""
    yield from _check_protected(
        where, read_expression(text, dataset.table, dataset.columns), dataset
    )


def _check_protected(where: KeyPath, read: ExpressionText, dataset: Dataset) -> Iterator[Finding]:
    whole = {"*", dataset.table.table} - set(dataset.columns.names)
    for name in read.columns:
        if name in dataset.protected or (dataset.protected and name in whole):
            yield dataset.protects(where, name)
