"""The same rows through the gates of bronze (pandas) and silver (PostgreSQL): one verdict, and the
same failing rows, for every expectation that both layers offer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.conftest import fresh_database
from tests.steps.landed import FILMS, clean_step, context, land

from medallion.checks.catalogue import expectations, failing_rows, finds_failing_rows
from medallion.checks.declaration import CheckSpec
from medallion.checks.outcome import PlannedCheck
from medallion.checks.pattern_reader import RE2
from medallion.checks.problems import check_problems
from medallion.checks.regexes import rewrite_patterns
from medallion.checks.resolve import resolve
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import Layer
from medallion.records import RecordLayout
from medallion.steps.clean import step as clean
from medallion.steps.gate import landing as gate_landing
from medallion.steps.gate import staging as gate_staging
from medallion.steps.gate.expectations import Evaluation, new_context
from medallion.steps.gate.staging import StagedTable
from medallion.steps.parts.landing_frames import read_mixed_frames
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.relations import columns_of

COLUMNS = {
    "id": {"type": "bigint"},
    "name": {"type": "text", "nullable": True, "null_values": []},
    "code": {"type": "text", "nullable": True, "null_values": []},
    "a": {"type": "integer", "nullable": True},
    "b": {"type": "integer", "nullable": True},
    "c": {"type": "integer", "nullable": True},
    "x": {"type": "double", "nullable": True},
    "flag": {"type": "boolean", "nullable": True},
    "price": {"type": "decimal(12,2)", "nullable": True},
}
ROWS: list[tuple[object, ...]] = [
    (1, "ann", "007", 1, 3, 4, 1.5, True, 0.1),
    (2, "", "7", 2, 2, None, -0.25, False, 0.2),
    (3, None, "0.70", None, 2, 3, None, None, 0.3),
    (4, "é☃", None, 5, None, 3, 100.0, True, None),
    (5, "é☃", "", 2, 2, 4, 2.0, None, 10.5),
    (6, "two\nlines", "1e3", None, None, None, 2.0, True, 7),
    (7, 'a "quoted" $x', "true", 4, 4, 0, 3.0, False, 0.1),
    (8, "ann\n", "NaN", 3, 3, 2, 0.5, True, 99999999.99),
    (9, " padded ", "null", 5, None, 3, 7.0, None, 0.7),
    (10, "o'brien%", "7", None, 2, 3, 0.0, False, 0.4),
    (11, "Ann", "007 ", 0, -1, 9, 2.0, True, 0.6),
]

KEYS = ("either_value_is_missing", "both_values_are_missing", "neither")
MANY = ("any_value_is_missing", "all_values_are_missing", "never")
GREATER = "expect_column_pair_values_a_to_be_greater_than_b"
EQUAL = "expect_column_pair_values_to_be_equal"
PAIRS = "expect_column_pair_values_to_be_in_set"
COMPOUND = "expect_compound_columns_to_be_unique"
SUM = "expect_multicolumn_sum_to_equal"
ALL_EQUAL = "expect_multicolumn_values_to_be_equal"
WITHIN = "expect_select_column_values_to_be_unique_within_record"
MATCH = "expect_column_values_to_match_regex"
MATCHES = "expect_column_values_to_match_regex_list"
NO_MATCH = "expect_column_values_to_not_match_regex"
NO_MATCHES = "expect_column_values_to_not_match_regex_list"
IN_SET = "expect_column_values_to_be_in_set"
BETWEEN = "expect_column_values_to_be_between"
LENGTHS = "expect_column_value_lengths_to_be_between"

CASES: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "a"}),
    ("expect_column_values_to_not_be_null", {"column": "name"}),
    ("expect_column_values_to_not_be_null", {"column": "a", "mostly": 0.7}),
    ("expect_column_values_to_be_null", {"column": "a"}),
    ("expect_column_values_to_be_null", {"column": "code", "mostly": 0.1}),
    ("expect_column_values_to_be_unique", {"column": "name"}),
    ("expect_column_values_to_be_unique", {"column": "code"}),
    ("expect_column_values_to_be_unique", {"column": "a"}),
    ("expect_column_values_to_be_unique", {"column": "x"}),
    (IN_SET, {"column": "name", "value_set": ["ann", "é☃", ""]}),
    (IN_SET, {"column": "code", "value_set": ["007", "7"]}),
    (IN_SET, {"column": "code", "value_set": ["7", "1e3"], "mostly": 0.3}),
    (IN_SET, {"column": "a", "value_set": [2, 4]}),
    (IN_SET, {"column": "x", "value_set": [2, 1.5]}),
    ("expect_column_values_to_not_be_in_set", {"column": "name", "value_set": ["Ann", " padded "]}),
    ("expect_column_values_to_not_be_in_set", {"column": "a", "value_set": [5]}),
    (BETWEEN, {"column": "a", "min_value": 2, "max_value": 4}),
    (BETWEEN, {"column": "a", "min_value": 2, "max_value": 4, "strict_min": True}),
    (BETWEEN, {"column": "x", "max_value": 2, "strict_max": True, "mostly": 0.5}),
    (MATCH, {"column": "name", "regex": "^[a-z]"}),
    (MATCH, {"column": "name", "regex": "^.+$"}),
    (MATCH, {"column": "name", "regex": "ann$"}),
    (MATCH, {"column": "code", "regex": "^[0-9]+$"}),
    (MATCH, {"column": "code", "regex": "^[0-9]*$", "mostly": 0.4}),
    (NO_MATCH, {"column": "name", "regex": r"\s"}),
    (NO_MATCH, {"column": "code", "regex": "^$|7"}),
    (MATCHES, {"column": "name", "regex_list": ["^a", "☃$"]}),
    (MATCHES, {"column": "name", "regex_list": ["^a", "n"], "match_on": "all"}),
    (NO_MATCHES, {"column": "name", "regex_list": ["☃", "^$"]}),
    (LENGTHS, {"column": "name", "min_value": 1, "max_value": 4}),
    (LENGTHS, {"column": "code", "min_value": 2}),
    ("expect_column_value_lengths_to_equal", {"column": "code", "value": 3}),
    (
        "expect_column_value_z_scores_to_be_less_than",
        {"column": "x", "threshold": 2, "double_sided": True},
    ),
    (
        "expect_column_value_z_scores_to_be_less_than",
        {"column": "a", "threshold": 1, "double_sided": False},
    ),
    (
        "expect_column_values_to_not_be_outliers",
        {"column": "x", "method": "iqr", "multiplier": 1.5},
    ),
    ("expect_column_values_to_not_be_outliers", {"column": "x", "method": "std", "multiplier": 2}),
    *((GREATER, {"column_A": "b", "column_B": "a", "ignore_row_if": k}) for k in KEYS),
    *(
        (GREATER, {"column_A": "b", "column_B": "a", "or_equal": True, "ignore_row_if": k})
        for k in KEYS
    ),
    (GREATER, {"column_A": "b", "column_B": "a"}),
    *((EQUAL, {"column_A": "a", "column_B": "b", "ignore_row_if": k}) for k in KEYS),
    (EQUAL, {"column_A": "name", "column_B": "code"}),
    *(
        (
            PAIRS,
            {
                "column_A": "a",
                "column_B": "b",
                "value_pairs_set": [[2, 2], [1, 3]],
                "ignore_row_if": k,
            },
        )
        for k in KEYS
    ),
    (
        PAIRS,
        {"column_A": "name", "column_B": "code", "value_pairs_set": [["ann", "007"], ["", "7"]]},
    ),
    *((COMPOUND, {"column_list": ["a", "b"], "ignore_row_if": k}) for k in MANY),
    (COMPOUND, {"column_list": ["a", "b"]}),
    (COMPOUND, {"column_list": ["name", "code", "a"]}),
    (COMPOUND, {"column_list": ["b", "c"]}),
    *((SUM, {"column_list": ["a", "b", "c"], "sum_total": 8, "ignore_row_if": k}) for k in MANY),
    (SUM, {"column_list": ["a", "x"], "sum_total": 4}),
    *((ALL_EQUAL, {"column_list": ["a", "b"], "ignore_row_if": k}) for k in MANY),
    (ALL_EQUAL, {"column_list": ["name", "code"]}),
    *((WITHIN, {"column_list": ["a", "b", "c"], "ignore_row_if": k}) for k in MANY),
    (WITHIN, {"column_list": ["name", "code"]}),
    ("unique", {"columns": ["a", "b"]}),
    ("unique", {"columns": ["code"]}),
    ("accepted_values", {"column": "code", "values": ["7", "007"]}),
    (
        "expect_column_distinct_values_to_be_in_set",
        {"column": "a", "value_set": [0, 1, 2, 3, 4, 5]},
    ),
    ("expect_column_distinct_values_to_be_in_set", {"column": "code", "value_set": ["7", "007"]}),
    ("expect_column_distinct_values_to_contain_set", {"column": "name", "value_set": ["ann", ""]}),
    ("expect_column_distinct_values_to_equal_set", {"column": "c", "value_set": [0, 2, 3, 4, 9]}),
    ("expect_column_max_to_be_between", {"column": "a", "min_value": 5, "max_value": 5}),
    ("expect_column_min_to_be_between", {"column": "x", "min_value": -0.25, "max_value": -0.25}),
    ("expect_column_mean_to_be_between", {"column": "x", "min_value": 11.7, "max_value": 11.8}),
    ("expect_column_median_to_be_between", {"column": "x", "min_value": 2, "max_value": 2}),
    ("expect_column_median_to_be_between", {"column": "a", "min_value": 2.5, "max_value": 2.5}),
    ("expect_column_stdev_to_be_between", {"column": "a", "min_value": 1.7, "max_value": 1.8}),
    ("expect_column_sum_to_be_between", {"column": "a", "min_value": 22, "max_value": 22}),
    (
        "expect_column_unique_value_count_to_be_between",
        {"column": "name", "min_value": 9, "max_value": 9},
    ),
    (
        "expect_column_unique_value_count_to_be_between",
        {"column": "a", "min_value": 6, "max_value": 6},
    ),
    (
        "expect_column_proportion_of_unique_values_to_be_between",
        {"column": "a", "min_value": 0.74, "max_value": 0.76},
    ),
    (
        "expect_column_proportion_of_non_null_values_to_be_between",
        {"column": "a", "min_value": 0.72, "max_value": 0.73},
    ),
    ("expect_column_most_common_value_to_be_in_set", {"column": "x", "value_set": [2]}),
    ("expect_column_most_common_value_to_be_in_set", {"column": "a", "value_set": [2]}),
    (
        "expect_column_most_common_value_to_be_in_set",
        {"column": "a", "value_set": [2], "ties_okay": True},
    ),
    (
        "expect_column_quantile_values_to_be_between",
        {
            "column": "x",
            "quantile_ranges": {
                "quantiles": [0.1, 0.5, 0.9],
                "value_ranges": [[-1, 0], [2, 2], [7, 7]],
            },
        },
    ),
    (
        "expect_column_quantile_values_to_be_between",
        {
            "column": "a",
            "quantile_ranges": {"quantiles": [0.5, 0.75], "value_ranges": [[2, 2], [4, 4]]},
        },
    ),
    ("expect_column_to_exist", {"column": "code"}),
    ("expect_table_row_count_to_be_between", {"min_value": 11, "max_value": 11}),
    ("expect_table_row_count_to_equal", {"value": 11}),
    ("expect_table_row_count_to_equal", {"value": 2, "row_condition": 'col("a") == 2'}),
    ("expect_table_column_count_to_equal", {"value": len(COLUMNS)}),
    ("expect_table_column_count_to_be_between", {"min_value": 3, "max_value": 9}),
    (IN_SET, {"column": "flag", "value_set": [True]}),
    (IN_SET, {"column": "price", "value_set": [0.1, 7]}),
    (BETWEEN, {"column": "price", "min_value": 0.1, "max_value": 0.4}),
    (SUM, {"column_list": ["price", "a"], "sum_total": 1.1, "ignore_row_if": MANY[0]}),
    (SUM, {"column_list": ["price", "x"], "sum_total": 0.7}),
    (
        "expect_column_kl_divergence_to_be_less_than",
        {
            "column": "code",
            "partition_object": {"values": ["7", "007", "0.70"], "weights": [0.5, 0.25, 0.25]},
            "threshold": 0.5,
        },
    ),
    ("expect_table_columns_to_match_set", {"column_set": list(COLUMNS)}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": list(COLUMNS)}),
    ("expect_column_values_to_not_be_null", {"column": "c", "row_condition": 'col("a") > 1'}),
    ("expect_column_values_to_be_unique", {"column": "code", "row_condition": 'col("b") == 2'}),
    ("expect_column_values_to_be_unique", {"column": "a", "row_condition": 'col("code") == "7"'}),
    (BETWEEN, {"column": "a", "min_value": 2, "row_condition": 'col("code") == "007"'}),
    (MATCH, {"column": "code", "regex": "7$", "row_condition": 'col("name") != "ann"'}),
    (MATCH, {"column": "code", "regex": "7$", "row_condition": 'col("x").notnull()'}),
    (
        "expect_column_mean_to_be_between",
        {"column": "a", "min_value": 1.5, "max_value": 1.5, "row_condition": 'col("b") == 2'},
    ),
]

OF_ONE_ENGINE = {
    # They ask for a type by the engine's own name.
    "expect_column_values_to_be_of_type",
    "expect_column_type_to_be",
}


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What each gate found of each case, and the ids of the failing rows where both say them."""

    bronze: Mapping[str, Evaluation]
    silver: Mapping[str, Evaluation]
    bronze_rows: Mapping[str, list[int]]
    silver_rows: Mapping[str, list[int]]


def planned(at: int) -> PlannedCheck:
    name, arguments = CASES[at]
    spec = CheckSpec(name=name, arguments=arguments)
    return replace(resolve(spec, Layer.SILVER, tuple(COLUMNS)), check_id=f"case_{at}")


CHECKS = [planned(at) for at in range(len(CASES))]


def test_every_expectation_of_both_layers_has_a_case() -> None:
    both = {
        name for name, entry in expectations().items() if {"pandas", "postgres"} <= {*entry.engines}
    }
    assert {check.expectation for check in CHECKS} == both - OF_ONE_ENGINE


@pytest.fixture(scope="module")
def sides(
    embedded_postgres: EmbeddedPostgres, pg_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sides]:
    with fresh_database(embedded_postgres, pg_url) as url:
        run = context(url, tmp_path_factory.mktemp("lake"))
        lines = [json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in ROWS]
        layout = RecordLayout(format="jsonl", columns=tuple(COLUMNS))
        manifest = land(run, layout, [("".join(lines).encode(), len(ROWS))])
        assert clean.run(clean_step(COLUMNS), run).rows_out == len(ROWS)
        staging = FILMS.staging(run.run_key)
        with connect(url) as connection:
            table = StagedTable(name=staging, columns=columns_of(connection, staging))
            rows = {
                check.check_id: _failing_in_postgres(connection, check, table)
                for check in CHECKS
                if finds_failing_rows(check.expectation) and "row_condition" not in check.kwargs
            }
        yield Sides(
            bronze={e.check.check_id: e for e in gate_landing.evaluate(manifest, CHECKS)},
            silver={e.check.check_id: e for e in gate_staging.evaluate(url, table, CHECKS)},
            bronze_rows={
                check.check_id: _failing_in_pandas(manifest, check)
                for check in CHECKS
                if check.check_id in rows
            },
            silver_rows=rows,
        )


def _failing_in_postgres(
    connection: psycopg.Connection, check: PlannedCheck, table: StagedTable
) -> list[int]:
    condition = failing_rows(check.expectation, check.kwargs, table.name)
    query = sql.SQL("SELECT id FROM {} AS t WHERE {} ORDER BY id").format(
        sql.Identifier(table.name.schema, table.name.table),
        sql.SQL(condition.sql(dialect="postgres")),
    )
    return [row[0] for row in connection.execute(query).fetchall()]


def _failing_in_pandas(manifest: Any, check: PlannedCheck) -> list[int]:
    texts, others = gate_landing.list_seen_columns(check)
    (frame,) = read_mixed_frames(manifest, texts=texts, others=others)
    asset = new_context().data_sources.add_pandas("landing").add_dataframe_asset("records")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
        batch_parameters={"dataframe": frame}
    )
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectation = ExpectationConfiguration(
        type=check.expectation, kwargs=rewrite_patterns(check.kwargs, RE2)
    ).to_domain_obj()
    found = batch.validate(expectation, result_format="COMPLETE").result
    return sorted(int(index) + 1 for index in found["unexpected_index_list"] or ())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.check_id}-{check.name[7:]}")
def test_a_check_has_one_verdict_on_both_layers(check: PlannedCheck, sides: Sides) -> None:
    spec = CheckSpec(name=check.name, arguments=CASES[CHECKS.index(check)][1])
    for layer in (Layer.BRONZE, Layer.SILVER):
        assert check_problems(spec, layer, tuple(COLUMNS)) == []
    bronze, silver = sides.bronze[check.check_id], sides.silver[check.check_id]
    assert figures(bronze) == figures(silver)
    assert sides.bronze_rows.get(check.check_id) == sides.silver_rows.get(check.check_id)


def figures(found: Evaluation) -> tuple[object, ...]:
    return found.success, found.elements, found.missing, found.unexpected
