"""What a `row_condition` compares. What Spark makes of it is in tests/spark."""

from __future__ import annotations

import pytest

from medallion.steps.gate.spark.condition import Comparison, list_comparisons


def compared(column: str, operator: str, *values: object) -> Comparison:
    return Comparison(column=column, operator=operator, values=values)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('col("fee") > 2', [compared("fee", ">", 2.0)]),
        ('col("a b") == "x"', [compared("a b", "==", "x")]),
        ("col(\"fee\") <= -1.5e3", [compared("fee", "<=", -1500.0)]),
        ('col("fee").notnull()', []),
        (
            {
                "type": "and",
                "conditions": [
                    {"type": "nullity", "column": {"name": "a"}, "is_null": False},
                    {
                        "type": "or",
                        "conditions": [
                            {
                                "type": "comparison", "column": {"name": "b"},
                                "operator": "NOT_IN", "parameter": [1, 2],
                            }
                        ],
                    },
                ],
            },
            [compared("b", "NOT_IN", 1, 2)],
        ),
    ],
)  # fmt: skip
def test_it_is_read_as_gx_reads_it(condition: object, expected: list[Comparison]) -> None:
    assert list(list_comparisons(condition)) == expected
