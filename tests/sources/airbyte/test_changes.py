"""What Airbyte says that it has changed in a record."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from medallion.sources.airbyte.changes import change_texts, count_kinds, describe_changes

NULLED = {"field": "a", "change": "NULLED", "reason": "DESTINATION_TYPECAST_ERROR"}


@pytest.mark.parametrize(
    ("meta", "text"),
    [
        ({"changes": [NULLED]}, "a: NULLED (DESTINATION_TYPECAST_ERROR)"),
        ({"sync_id": 7, "changes": []}, ""),
        ({"errors": ["Problem with `a`", "so is `b`"]}, "Problem with `a`; so is `b`"),
        ({"errors": []}, ""),
        ({"changes": [{"change": "TRUNCATED"}, {"field": "b"}]}, "TRUNCATED; b: changed"),
        ({"changes": "none", "errors": None}, ""),
        ({"changes": [1, None]}, "1; None"),
        ([], ""),
        (None, ""),
    ],
)  # fmt: skip
def test_each_form_of_it_is_described(meta: Any, text: str) -> None:
    assert describe_changes(json.dumps(meta)) == text
    assert change_texts(pa.array([json.dumps(meta), None])).to_pylist() == [text or None, None]


def test_a_text_that_only_looks_like_it_is_no_change() -> None:
    broken = ['{"changes": [{', '{"x": "\\"changes\\": [1]"}', "", "null"]
    assert change_texts(pa.array(broken)).to_pylist() == [None] * 4


def test_a_long_list_and_a_long_name_are_cut() -> None:
    meta = {"changes": [{"field": "f" * 5000, "change": "NULLED"}] * 50}
    text = describe_changes(json.dumps(meta))
    assert text.endswith("; and 30 more")
    assert len(text) < 20 * 203 + 20


def test_records_are_counted_by_what_was_changed() -> None:
    texts = change_texts(pa.array([json.dumps({"changes": [NULLED]})] * 3 + ["{}"]))
    assert count_kinds(texts) == {"a: NULLED (DESTINATION_TYPECAST_ERROR)": 3}
