"""Plans and specs as text and back: equal, and nothing but data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medallion.compiler.codec import Damaged, decode, encode
from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader


def test_plans_and_specs_come_back_equal(project_root: Path) -> None:
    report = load_all(project_root, sql_reader(project_root))
    assert report.specs
    for spec in report.specs:
        plan = make_plan(spec)
        assert decode(encode(plan)) == plan
        back = decode(encode(spec))
        assert back == spec
        assert back.spec.model_fields_set == spec.spec.model_fields_set
        assert make_plan(back) == plan


@pytest.mark.parametrize(
    "classes",
    [
        [["os", "_Environ", []]],
        [["subprocess", "Popen", []]],
        [["medallion.steps.run", "run_step", []]],
        [["medallion.plan.make", "make_plan", []]],
        [["medallion.plan.model", "Plan", ["dag_id"]]],
        [["medallion.names", "re", []]],
    ],
)
def test_a_text_makes_nothing_but_our_own_data(classes: list[object]) -> None:
    with pytest.raises(Damaged):
        decode(json.dumps({"classes": classes, "value": [0, 1]}))


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '{"classes": [], "value": [7]}', '{"classes":[],"value":["x"]}']
)
def test_a_damaged_text_is_reported(text: str) -> None:
    with pytest.raises(Damaged):
        decode(text)


def test_what_is_no_data_is_not_written() -> None:
    with pytest.raises(TypeError):
        encode(object())
