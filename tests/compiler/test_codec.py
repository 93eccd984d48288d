"""Plans and specs as text and back: equal, and nothing but data."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest

from medallion.compiler.codec import Damaged, decode, encode
from medallion.names import PublishedTable, TableName
from medallion.plan.make import make_plan
from medallion.plan.model import LandStep
from medallion.sources.file.source import FileSource
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

LAND = LandStep(
    table=PublishedTable.of(TableName("silver_shop", "days")),
    source=FileSource(type="file", path="days.csv"),
)


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


def test_late_fields_are_read_when_somebody_asks_for_them(project_root: Path) -> None:
    text = encode(LAND)
    late = decode(text, late=True)
    assert not has_read(late, "source")
    assert has_read(late, "table") and late.table == LAND.table
    assert late.source == LAND.source
    assert has_read(late, "source")
    with pytest.raises(AttributeError, match="LandStep has no attribute nothing"):
        _ = late.nothing
    for spec in load_all(project_root, sql_reader(project_root)).specs:
        plan = make_plan(spec)
        text = encode(plan)
        assert decode(text, late=True) == plan
        assert copy.deepcopy(decode(text, late=True)) == plan
        assert pickle.loads(pickle.dumps(decode(text, late=True))) == plan  # noqa: S301  # ours


def test_what_is_made_of_a_late_field_is_imported_with_it() -> None:
    text = encode(LAND).replace("medallion.sources.file.source", "medallion.sources.file.gone")
    with pytest.raises(Damaged, match="ModuleNotFoundError"):
        decode(text)
    assert decode(text, late=True).table == LAND.table


def has_read(step: object, field: str) -> bool:
    """Whether the slot has a value: asking for it would read it."""
    try:
        getattr(type(step), field).__get__(step)
    except AttributeError:
        return False
    return True


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
