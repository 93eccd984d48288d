"""Cutting records out of a body: whatever the JSON, nothing is lost and nothing changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.sources.rest import pieces as rest_pieces
from medallion.sources.rest.body import at
from medallion.sources.rest.pieces import pieces

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.lists(st.text(min_size=1).filter(lambda name: "." not in name), max_size=3)


@given(
    records=st.lists(VALUES, max_size=8),
    names=NAMES,
    around=st.dictionaries(st.text(), VALUES, max_size=3),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 1, "\t"]),
    largest=st.sampled_from([1, 40, 10_000]),
)
def test_the_pieces_hold_every_record_in_its_order(
    records: list[Any],
    names: list[str],
    around: dict[str, Any],
    ascii_only: bool,
    indent: int | str | None,
    largest: int,
) -> None:
    body: Any = records
    for name in reversed(names):
        body = {**around, name: body}
    text = json.dumps(body, ensure_ascii=ascii_only, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rest_pieces, "PIECE_BYTES", largest)
        made = list(pieces(text.encode("utf-8", "surrogatepass"), ".".join(names)))
    found = []
    for document, count in made:
        held = json.loads(document)
        held = at(held, ".".join(names)) if names else held
        assert len(held) == count
        found += held
    assert found == records


def test_of_a_repeated_key_the_last_one_counts() -> None:
    body = b'{"a": [1, 2], "b": {}, "a": [3]}'
    assert list(pieces(body, "a")) == [(b'{"a":[3]}', 1)]


def test_a_null_list_is_an_empty_one() -> None:
    assert list(pieces(b'{"a": {"b": null}}', "a.b")) == [(b'{"a":{"b":[]}}', 0)]
    assert list(pieces(b" null ", "")) == [(b"[]", 0)]


def test_numbers_keep_their_spelling() -> None:
    spelled = b"[1.10,12345678901234567890.123456789,1E400,-0]"
    assert list(pieces(spelled, "")) == [(spelled, 4)]
