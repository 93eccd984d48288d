"""What a dataset says of its table, beside what people put into the same place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from medallion.bi.sync.freshness import change_of, extra_of
from medallion.warehouse.registry.bi import GoldState

STATE = GoldState(message="as of today", publication_id=7)
SAID = {"warning_markdown": "as of today", "medallion_publication": 7}
CERTIFIED = {"certification": {"certified_by": "us"}}

CASES: list[tuple[Any, Any, Any, Any]] = [
    # the spec's, what Superset has, the spec's last time, what it becomes
    ({}, None, None, SAID),
    (CERTIFIED, None, None, {**SAID, **CERTIFIED}),
    (CERTIFIED, {"mine": 1}, None, {**SAID, **CERTIFIED, "mine": 1}),
    ({}, CERTIFIED, CERTIFIED, SAID),  # the spec no longer vouches for it
    ({}, {"certification": {"certified_by": "me"}}, {}, {
        **SAID, "certification": {"certified_by": "me"}}),
    ({}, '{"warning_markdown": "old", "mine": 1}', None, {**SAID, "mine": 1}),
    ({}, "not JSON", None, SAID),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "now", "last", "result"), CASES)
def test_the_extra_of_a_dataset(spec: Any, now: Any, last: Any, result: Any) -> None:
    before = None if last is None else {"extra": last}
    assert extra_of({"extra": spec}, {"extra": now}, before, STATE) == result


def test_it_is_changed_where_it_says_something_else_and_no_other_field_is_lost() -> None:
    now = {"extra": json.dumps(SAID), "always_filter_main_dttm": True}
    assert change_of({"extra": {}}, now, None, STATE) == {}
    later = GoldState(message="as of today", publication_id=8)
    fields = change_of({"extra": {}}, now, None, later)
    assert json.loads(str(fields["extra"]))["medallion_publication"] == 8
    assert fields["always_filter_main_dttm"] is True


def test_of_a_table_of_which_nothing_is_known_nothing_is_said() -> None:
    assert change_of({"extra": {}}, {"extra": {}}, None, None) == {}
