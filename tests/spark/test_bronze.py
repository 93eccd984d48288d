"""Bronze checks of a landing whose records Spark's workers read: GX's engine for Spark comes to
what the one for pandas says of the same landing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.spark.local_spark import CONNECTIONS
from tests.steps import landed
from tests.steps.gate import test_engines_agree as agree
from tests.steps.gate import test_landing as landings
from tests.steps.parquet_part import layout_of, parquet

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.errors import CheckCrashed, DataRejected, LakeError, MedallionError
from medallion.lake.manifest import Manifest
from medallion.names import Layer
from medallion.plan.model import GateStep
from medallion.records import RecordLayout
from medallion.steps.context import StepContext
from medallion.steps.gate import landing as gate_landing
from medallion.steps.gate import step as gate
from medallion.steps.gate.expectations import Evaluation
from medallion.steps.gate.spark import landing as on_spark

Case = tuple[str, Mapping[str, Any]]

NOT_NULL = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
UNIQUE = "expect_column_values_to_be_unique"
MATCH = "expect_column_values_to_match_regex"
SUM = "expect_column_sum_to_be_between"


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    made: StepContext = landed.context(warehouse_db, tmp_path)
    return replace(made, connection=CONNECTIONS.__getitem__)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the checks that were left to pandas."""
    found: list[str] = []

    def look(manifest: Manifest, checks: Sequence[PlannedCheck], kwargs: Any) -> list[Evaluation]:
        found.extend(check.check_id for check in checks)
        return gate_landing.look_here(manifest, checks, kwargs)

    monkeypatch.setattr(on_spark, "look_here", look)
    return found


def plan(cases: Iterable[Case]) -> list[PlannedCheck]:
    return [
        PlannedCheck(
            check_id=f"check_{at}", name=name, expectation=name, kwargs=kwargs,
            on_failure=OnFailure.FAIL,
        )
        for at, (name, kwargs) in enumerate(cases)
    ]  # fmt: skip


def figures(found: Evaluation) -> tuple[object, ...]:
    """What is recorded of a check: counts to the last one, figures but for their last digits."""
    observed = found.observed
    observed = pytest.approx(observed) if isinstance(observed, float) else observed
    return found.success, found.elements, found.missing, found.unexpected, observed


def hold_alike(context: StepContext, manifest: Manifest, checks: Sequence[PlannedCheck]) -> None:
    """Both engines judge each of the checks alike."""
    look = on_spark.OnSpark(context=context, table="films")
    here = gate_landing.evaluate(manifest, checks)
    there = gate_landing.evaluate(manifest, checks, None, look)
    assert [one.check for one in there] == [one.check for one in here]
    differ = [
        (dict(one.check.kwargs), one.check.expectation, figures(other), figures(one))
        for one, other in zip(here, there, strict=True)
        if figures(one) != figures(other)
    ]
    assert differ == []


def test_every_expectation_has_the_verdict_of_pandas(context: StepContext, left: list[str]) -> None:
    """Those that the gates of bronze and silver are compared by, on a landing of three parts."""
    lines = [f"{json.dumps(dict(zip(agree.COLUMNS, row, strict=True)))}\n" for row in agree.ROWS]
    parts = [lines[:4], lines[4:8], lines[8:]]
    layout = RecordLayout(format="jsonl", columns=tuple(agree.COLUMNS))
    manifest = landed.land(context, layout, [("".join(one).encode(), len(one)) for one in parts])
    hold_alike(context, manifest, agree.CHECKS)
    by_id = {check.check_id: check for check in agree.CHECKS}
    assert {by_id[one].expectation for one in left} == {
        "expect_column_kl_divergence_to_be_less_than"
    }


def test_texts_of_a_csv_are_as_they_were_landed(context: StepContext, left: list[str]) -> None:
    rows = landings.ROWS
    parts = [landings.csv_of(rows[:2]), landings.csv_of([]), landings.csv_of(rows[2:])]
    manifest = landed.land(context, landings.LAYOUT, parts)
    codes = {"column": "code", "value_set": ["007", "7", "010"]}
    # Of a mapping GX writes the values into SQL: this one would let all records pass.
    hostile = {
        "type": "comparison", "column": {"name": "name"}, "operator": "!=",
        "parameter": "\\' OR TRUE OR \"x\" = '",
    }  # fmt: skip
    either = {
        "type": "or",
        "conditions": [
            {"type": "nullity", "column": {"name": "vote"}, "is_null": True},
            {
                "type": "comparison", "column": {"name": "year"}, "operator": "NOT_IN",
                "parameter": [1962, 1963],
            },
        ],
    }  # fmt: skip
    cases: list[Case] = [
        *landings.CASES,
        (MATCH, {"column": "code", "regex": "^0"}),
        (IN_SET, codes),
        (IN_SET, {**codes, "mostly": 0.4}),
        ("expect_column_value_lengths_to_equal", {"column": "year", "value": 4}),
        (UNIQUE, {"column": "code"}),
        (UNIQUE, {"column": "code", "row_condition": hostile}),
        (NOT_NULL, {"column": "votes", "row_condition": either}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["name", "year"]}),
        ("expect_column_max_to_be_between", {"column": "vote", "max_value": 9}),
        ("expect_column_unique_value_count_to_be_between", {"column": "code", "min_value": 6}),
        ("expect_table_row_count_to_equal", {"value": 2, "row_condition": 'col("year") == 1962'}),
        ("expect_column_to_exist", {"column": "rating"}),
        ("expect_table_row_count_to_be_between", {"min_value": 8}),
    ]
    hold_alike(context, manifest, plan(cases))
    assert left == []


def test_names_that_spark_would_read_otherwise(context: StepContext, left: list[str]) -> None:
    """Capitals, dots, quotes, and a name of the frame's own."""
    names = ("a.b", "ID", 'it\'s `q` "d"', "part", "column_0")
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in ([1] * 5, range(5))]
    layout = RecordLayout(format="jsonl", columns=names)
    data = "".join(f"{line}\n" for line in lines).encode()
    manifest = landed.land(context, layout, [(data, 2)])
    hold_alike(context, manifest, plan((BETWEEN, {"column": one, "max_value": 1}) for one in names))
    hold_alike(context, manifest, plan((UNIQUE, {"column": one}) for one in names))
    assert left == []


def test_values_of_types_of_their_own(context: StepContext, left: list[str]) -> None:
    """Of a landing with types. What is neither number, text nor truth is pandas' to judge."""
    table = pa.table(
        {
            "id": pa.array([1, 2, None, 2**60 + 1]),
            "code": ["007", "7", "", None],
            "price": pa.array([Decimal("1.50"), Decimal("-2.25"), None, Decimal("9.99")]),
            "day": [date(2026, 1, 1), date(9999, 12, 31), None, date(1, 1, 1)],
            "tags": [["a"], [], None, ["b", None]],
            "flag": [True, False, True, None],
        }
    )
    parts = [parquet(table, 2), parquet(table.slice(0, 2))]
    manifest = landed.land(context, layout_of(table.schema), parts)
    cases: list[Case] = [
        *((NOT_NULL, {"column": name}) for name in table.column_names),
        *((UNIQUE, {"column": name}) for name in table.column_names),
        (MATCH, {"column": "price", "regex": r"^-?\d\.\d\d$"}),
        (IN_SET, {"column": "code", "value_set": ["007", "7"]}),
        (IN_SET, {"column": "day", "value_set": [date(2026, 1, 1)]}),
        (BETWEEN, {"column": "price", "min_value": 0}),
    ]
    hold_alike(context, manifest, plan(cases))
    assert left == []
    of_pandas: list[Case] = [
        (BETWEEN, {"column": "day", "min_value": "2026-01-01"}),
        (IN_SET, {"column": "flag", "value_set": [1]}),
        ("expect_column_values_to_be_null", {"column": "tags"}),
    ]
    hold_alike(context, manifest, plan(of_pandas))
    assert len(left) == len(of_pandas)


def test_a_check_that_sees_no_record_or_no_value_passes_or_fails_as_ever(
    context: StepContext, left: list[str]
) -> None:
    """A part of a header alone, and conditions that leave nothing."""
    layout = RecordLayout(format="csv", columns=("a", "b", "c"))
    parts = [(b"a,b,c\n", 0), (b"a,b,c\n1,2,x\n7,7,x\n,1,y\n,2,y\n", 4)]
    a = {"column": "a"}
    cases: list[Case] = [
        (NOT_NULL, a),
        (UNIQUE, a),
        (MATCH, {**a, "regex": "^1"}),
        (BETWEEN, {**a, "max_value": 1}),
        (IN_SET, {**a, "value_set": [1]}),
        (SUM, {**a, "min_value": 0}),
    ]
    conditions = [{"row_condition": f'col("c") == "{value}"'} for value in ("nobody", "y")]
    more = [(name, {**kwargs, **one}) for one in conditions for name, kwargs in cases]
    manifest = landed.land(context, layout, parts)
    hold_alike(context, manifest, plan([*cases, *more]))
    assert left == []
    nothing = landed.land(context, layout, parts[:1])
    hold_alike(context, nothing, plan(cases))


def test_whole_numbers_are_compared_and_added_up_to_the_last_digit(
    context: StepContext, left: list[str]
) -> None:
    """A fraction cannot be 2^53 + 1, and pandas' sum of 64 bits begins again at the other end."""
    layout = RecordLayout(format="csv", columns=("a", "b", "c", "d"))
    rows = [(2**53, 2**53 + 1, 2**63 - 1, -(2**63)), (2**53, 1, 2**63 - 1, 1), (1, 1, 1, 1)]
    manifest = landed.land(context, layout, [landings.csv_of(rows, layout.columns)])
    total = 2**54 + 1
    cases: list[Case] = [
        (SUM, {"column": "a", "min_value": total, "max_value": total}),
        (SUM, {"column": "a", "max_value": total - 1}),
        ("expect_column_unique_value_count_to_be_between", {"column": "b", "max_value": 2}),
        ("expect_column_values_to_be_null", {"column": "d", "mostly": 0.1}),
    ]
    hold_alike(context, manifest, plan(cases))
    assert left == []
    for look in (gate_landing.look_here, on_spark.OnSpark(context=context, table="films")):
        (one, *_) = gate_landing.evaluate(manifest, plan(cases[:1]), None, look)
        assert (one.success, one.observed) == (True, total)
    beyond = float(2**53)
    of_pandas: list[Case] = [
        (SUM, {"column": "c", "min_value": 0}),
        ("expect_column_max_to_be_between", {"column": "b", "max_value": 2**53}),
        (IN_SET, {"column": "b", "value_set": [beyond, 1]}),
        (NOT_NULL, {"column": "a", "row_condition": f'col("b") == {2**53}'}),
    ]
    hold_alike(context, manifest, plan(of_pandas))
    assert len(left) == len(of_pandas)
    (one, *_) = gate_landing.evaluate(manifest, plan(of_pandas))
    assert (one.success, one.observed) == (True, 2**64 - 1)


def test_a_column_of_numbers_and_texts_is_judged_by_pandas(
    context: StepContext, left: list[str]
) -> None:
    """Spark would read a text as the number that it looks like."""
    layout = RecordLayout(format="csv", columns=("a", "b"))
    parts = [(b"a,b\n1,7\n2,8\n", 2), (b"a,b\nx,7\n", 1), (b"a,b\n4,\n", 1)]
    manifest = landed.land(context, layout, parts)
    hold_alike(context, manifest, plan([(IN_SET, {"column": "a", "value_set": [1, 2]})]))
    assert left == ["check_0"]
    (check,) = plan([(BETWEEN, {"column": "a", "min_value": 0})])
    assert said(context, manifest, check) == [(CheckCrashed, said_here(manifest, check))] * 2


def said_here(manifest: Manifest, check: PlannedCheck) -> str:
    with pytest.raises(MedallionError) as found:
        gate_landing.evaluate(manifest, [check])
    return str(found.value)


def said(
    context: StepContext, manifest: Manifest, check: PlannedCheck
) -> list[tuple[type[BaseException], str]]:
    """The error of both engines."""
    found = []
    for look in (gate_landing.look_here, on_spark.OnSpark(context=context, table="films")):
        with pytest.raises(MedallionError) as raised:
            gate_landing.evaluate(manifest, [check], None, look)
        found.append((raised.type, str(raised.value)))
    return found


def test_errors_are_those_of_the_tasks_own_process(context: StepContext) -> None:
    layout = RecordLayout(format="csv", columns=("a",))
    broken = landed.land(
        context, layout, [(b"a\n1\n", 1), (b'a\n"never closed\n', 1), (b"a\n\xff\n", 1)]
    )
    (check,) = plan([(NOT_NULL, {"column": "a"})])
    here, there = said(context, broken, check)
    assert here == there
    assert here[0] is DataRejected
    assert "part-1 cannot be read" in here[1]
    (nowhere,) = plan([(NOT_NULL, {"column": "nowhere"})])
    whole = replace(broken, parts=broken.parts[:1])
    here, there = said(context, whole, nowhere)
    assert here == there
    assert '"nowhere" in BatchData does not exist' in here[1]
    (Path(broken.uri) / "part-0").unlink()
    here, there = said(context, whole, check)
    assert here == there
    assert here[0] is LakeError


def test_a_gate_records_what_spark_says_and_shows_no_personal_value(context: StepContext) -> None:
    layout = RecordLayout(format="csv", columns=("id", "email"))
    landed.land(context, layout, [(b"id,email\n1,ann@example.org\n", 1), (b"id,email\n1,\n", 1)])
    cases: list[Case] = [
        (UNIQUE, {"column": "id"}),
        (MATCH, {"column": "email", "regex": "^bob@"}),
    ]
    checks = tuple(replace(one, on_failure=OnFailure.WARN) for one in plan(cases))
    step = GateStep(
        layer=Layer.BRONZE, table=landed.FILMS, checks=checks, clear_fields=frozenset(("id",))
    )
    found = [gate.run(replace(step, engine=engine), context) for engine in ("duckdb", "spark")]
    assert found[0] == found[1]
    assert found[1].details["warned"] == 2
    assert "ann@" not in repr(found[1])


def test_a_landing_without_records_needs_no_spark(context: StepContext) -> None:
    nowhere = replace(context, connection={}.__getitem__)
    manifest = landed.land(nowhere, landings.LAYOUT, [])
    hold_alike(
        nowhere, manifest, plan([(NOT_NULL, {"column": "vote"}), (UNIQUE, {"column": "code"})])
    )
