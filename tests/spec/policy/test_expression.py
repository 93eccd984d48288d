"""What bounds an expression, and what it says where it has no answer."""

from __future__ import annotations

import pytest

from medallion.spec.policy.expression import ExpressionFailed, expression_problem, holds

COLUMNS = {"table": {"columns": [{"name": f"c{number}"} for number in range(200)]}}


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("table.columns.all(c, c.name != '')", ""),
        ("table.columns.all(c, table.columns.all(d, d.name != ''))", "Iteration budget exceeded"),
        (f"{'(' * 40}true{')' * 40}", "Expression recursion limit exceeded. limit: 32"),
        ("env('HOME') == ''", "character 4: undeclared reference to 'env'"),
        ("table.columns[0].nme == ''", 'there is no key "nme"'),
        ("table.columns[0].name + 1 == 2", "No matching overloads found : _+_(string, int64)"),
        ("1 +", "character 4: Syntax error: mismatched input '<EOF>'"),
        ("null", "it gives a value of the type null, and is to be true or false"),
    ],
)
def test_an_expression_is_bounded_and_says_what_is_wrong(expression: str, problem: str) -> None:
    assert expression_problem(expression, COLUMNS) == problem


def test_no_answer_is_never_an_answer() -> None:
    with pytest.raises(ExpressionFailed):
        holds("table.columns", COLUMNS)
