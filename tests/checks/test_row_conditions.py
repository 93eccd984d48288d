"""Each template finds exactly the rows that GX counts: NULLs, quotes, Unicode, dates, decimals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from medallion.checks.catalogue import expectations, failing_rows, finds_failing_rows
from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.names import TableName
from medallion.steps.gate.staging import StagedTable, evaluate

TABLE = TableName("silver_lab", "samples")

ROWS: list[tuple[object, ...]] = [
    (1, "o'brien", "a", "2024-01-01", "10.50", 1.5, 1, 1, 1),
    (2, "", "A", "2024-06-30", "10.49", -0.0, 1, 2, 3),
    (3, None, "a%b", "1999-12-31", None, None, None, 2, 3),
    (4, "étoile ☃", None, None, "0.00", 1e308, 2, None, 3),
    (5, "étoile ☃", "", "2024-01-01", "-1.00", 2.0, 2, 2, None),
    (6, "千と千尋", "b_c", "0001-01-01", "99999.99", 2.0, None, None, None),
    (7, 'a "quoted" $x', "b\\c", "9999-12-31", "10.50", 3.0, 4, 4, 0),
    (8, "line\nbreak", "%", "2024-01-02", "10.51", 0.1, 3, 3, 4),
    (9, " padded ", "_", "2024-01-01", "7.00", 7.0, 5, 4, 1),
    (10, "o'brien", "a", None, None, None, 1, 1, 1),
]

CASES: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "name"}),
    ("expect_column_values_to_be_null", {"column": "amount"}),
    ("expect_column_values_to_be_unique", {"column": "name"}),
    ("expect_column_values_to_be_unique", {"column": "day"}),
    ("expect_column_values_to_be_in_set", {"column": "name", "value_set": ["o'brien", "étoile ☃"]}),
    ("expect_column_values_to_be_in_set", {"column": "a", "value_set": [1, 2]}),
    ("expect_column_values_to_be_in_set", {"column": "day", "value_set": ["2024-01-01"]}),
    ("expect_column_values_to_be_in_set", {"column": "amount", "value_set": [10.5, 7]}),
    ("expect_column_values_to_not_be_in_set", {"column": "name", "value_set": ["", "o'brien"]}),
    ("expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "max_value": 10.5}),
    ("expect_column_values_to_be_between", {"column": "score", "min_value": 0.1}),
    (
        "expect_column_values_to_be_between",
        {"column": "day", "min_value": "2000-01-01", "max_value": "2024-06-30"},
    ),
    (
        "expect_column_values_to_be_between",
        {
            "column": "id",
            "min_value": 1,
            "max_value": 10,
            "strict_min": True,
            "strict_max": True,
        },
    ),
    ("expect_column_values_to_match_regex", {"column": "name", "regex": "^o'"}),
    ("expect_column_values_to_match_regex", {"column": "name", "regex": "^[a-zé]"}),
    ("expect_column_values_to_not_match_regex", {"column": "name", "regex": r"\$x$|^\s"}),
    ("expect_column_values_to_match_regex_list", {"column": "name", "regex_list": ["^o", "☃$"]}),
    (
        "expect_column_values_to_match_regex_list",
        {"column": "name", "regex_list": ["^o", "n$"], "match_on": "all"},
    ),
    (
        "expect_column_values_to_not_match_regex_list",
        {"column": "name", "regex_list": ["^o", "^$"]},
    ),
    ("expect_column_values_to_match_like_pattern", {"column": "code", "like_pattern": "a%"}),
    ("expect_column_values_to_not_match_like_pattern", {"column": "code", "like_pattern": "a%"}),
    (
        "expect_column_values_to_match_like_pattern_list",
        {"column": "code", "like_pattern_list": ["a%", "b%"]},
    ),
    (
        "expect_column_values_to_not_match_like_pattern_list",
        {"column": "code", "like_pattern_list": ["a%", "b%"]},
    ),
    ("expect_column_value_lengths_to_be_between", {"column": "name", "min_value": 1}),
    (
        "expect_column_value_lengths_to_be_between",
        {"column": "name", "min_value": 4, "max_value": 8, "strict_max": True},
    ),
    ("expect_column_value_lengths_to_equal", {"column": "code", "value": 1}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "b", "column_B": "a"}),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "b", "column_B": "a", "or_equal": True},
    ),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "b", "column_B": "a", "ignore_row_if": "either_value_is_missing"},
    ),
    ("expect_column_pair_values_to_be_equal", {"column_A": "a", "column_B": "b"}),
    (
        "expect_column_pair_values_to_be_equal",
        {"column_A": "a", "column_B": "b", "ignore_row_if": "either_value_is_missing"},
    ),
    ("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["name", "code", "day"]}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["a", "b", "c"], "sum_total": 3}),
    (
        "expect_multicolumn_sum_to_equal",
        {"column_list": ["a", "b", "c"], "sum_total": 3, "ignore_row_if": "any_value_is_missing"},
    ),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["a", "b", "c"]}),
    (
        "expect_select_column_values_to_be_unique_within_record",
        {"column_list": ["a", "b", "c"], "ignore_row_if": "any_value_is_missing"},
    ),
    ("expect_column_values_to_match_like_pattern", {"column": "code", "like_pattern": "b\\\\%"}),
    (
        "expect_column_values_to_match_like_pattern",
        {"column": "code", "like_pattern": "%!_%", "escape": "!"},
    ),
    (
        "expect_column_values_to_not_match_like_pattern_list",
        {"column": "code", "like_pattern_list": ["%!%%", "b!_%"], "escape": "!"},
    ),
    ("expect_column_values_to_match_regex", {"column": "code", "regex": r"%|\\|:x"}),
    ("expect_column_values_to_be_in_set", {"column": "code", "value_set": ["%", "b\\c", "a%b"]}),
    ("expect_column_values_to_be_in_set", {"column": "day", "value_set": [date(2024, 1, 1)]}),
    ("expect_column_values_to_not_be_in_set", {"column": "day", "value_set": ["1999-12-31"]}),
    ("expect_column_values_to_be_in_set", {"column": "flag", "value_set": [True]}),
    (
        "expect_column_values_to_be_between",
        {"column": "seen", "min_value": datetime(2024, 1, 1, 1, tzinfo=UTC)},
    ),
    ("expect_column_values_to_be_between", {"column": "seen", "max_value": "2024-01-01T00:30:00"}),
    ("expect_column_values_to_be_between", {"column": "score", "min_value": -1, "max_value": 5}),
    (
        "expect_compound_columns_to_be_unique",
        {"column_list": ["name", "code"], "ignore_row_if": "any_value_is_missing"},
    ),
    (
        "expect_compound_columns_to_be_unique",
        {"column_list": ["a", "b"], "ignore_row_if": "never"},
    ),
    (
        "expect_column_pair_values_to_be_equal",
        {"column_A": "a", "column_B": "b", "ignore_row_if": "neither"},
    ),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "b", "column_B": "a", "ignore_row_if": "neither"},
    ),
    (
        "expect_multicolumn_sum_to_equal",
        {"column_list": ["a", "b", "c"], "sum_total": 3, "ignore_row_if": "never"},
    ),
    (
        "expect_select_column_values_to_be_unique_within_record",
        {"column_list": ["a", "b", "c"], "ignore_row_if": "never"},
    ),
    (
        "unexpected_rows_expectation",
        {"foreign_key": {"column": "a", "to": "silver_lab.known.number"}},
    ),
    (
        "unexpected_rows_expectation",
        {"foreign_key": {"column": "name", "to": "silver_lab.known.name"}},
    ),
]


def planned(number: int, expectation: str, kwargs: Mapping[str, Any]) -> PlannedCheck:
    return PlannedCheck(
        check_id=f"case_{number}",
        name=expectation,
        expectation=expectation,
        kwargs=kwargs,
        on_failure=OnFailure.QUARANTINE,
    )


CHECKS = [planned(number, *case) for number, case in enumerate(CASES)]


@pytest.fixture(scope="module")
def samples(pg_url: str) -> str:
    with psycopg.connect(pg_url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS silver_lab CASCADE; CREATE SCHEMA silver_lab")
        connection.execute(
            "CREATE TABLE silver_lab.samples (id int, name text, code text, day date,"
            " amount numeric(12,2), score double precision, a int, b int, c int, flag boolean,"
            " seen timestamptz)"
        )
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * 9)
            cursor.executemany(f"INSERT INTO silver_lab.samples VALUES ({marks})", ROWS)
        connection.execute(
            "UPDATE silver_lab.samples SET flag = nullif(a, 5) = 1,"
            " seen = timestamptz '2024-01-01 00:00:00+00' + a * interval '30 minutes',"
            " score = CASE id WHEN 7 THEN 'NaN' ELSE score END"
        )
        connection.execute("CREATE TABLE silver_lab.known (name text, number bigint)")
        connection.execute(
            "INSERT INTO silver_lab.known VALUES ('o''brien', 1), (NULL, NULL), ('', 4)"
        )
    return pg_url


@pytest.fixture(scope="module")
def counted(samples: str) -> dict[str, int | None]:
    """What GX counts, all cases in one run."""
    found = {}
    for evaluation in evaluate(samples, StagedTable(name=TABLE, columns=()), CHECKS):
        by_query = "foreign_key" in evaluation.check.kwargs
        found[evaluation.check.check_id] = (
            int(str(evaluation.observed)) if by_query else evaluation.unexpected
        )
    return found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.name}-{check.check_id}")
def test_a_template_finds_the_rows_that_gx_counts(
    check: PlannedCheck, samples: str, counted: dict[str, int | None]
) -> None:
    condition = failing_rows(check.expectation, check.kwargs, TABLE).sql(dialect="postgres")
    with psycopg.connect(samples) as connection:
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM silver_lab.samples AS t WHERE {}").format(
                sql.SQL(condition)
            )
        ).fetchone()
    assert row is not None
    assert row[0] == counted[check.check_id]


def test_every_template_has_a_case_that_fails_some_rows_and_passes_others(
    counted: dict[str, int | None],
) -> None:
    telling = {c.expectation for c in CHECKS if 0 < (counted[c.check_id] or 0) < len(ROWS)}
    assert telling >= set(filter(finds_failing_rows, expectations()))
