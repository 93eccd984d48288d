"""Frames of small parts become few; no value, no order and no row is another one for that."""

from __future__ import annotations

import pandas as pd

from medallion.steps.parts.gathered_frames import BYTES, MOST_BYTES, gather


def frames(*columns: list[object]) -> list[pd.DataFrame]:
    return [pd.DataFrame({"a": values}) for values in columns]


def values(found: list[pd.DataFrame]) -> list[list[object]]:
    return [frame["a"].tolist() for frame in found]


def test_small_frames_are_put_together_up_to_a_bound() -> None:
    found = list(gather(frames(["x"], ["y"], ["z"], ["u", "v", "w"], ["t"]), most=2))
    assert values(found) == [["x", "y"], ["z"], ["u", "v", "w"], ["t"]]
    assert list(found[0].index) == [0, 1]


def test_long_records_are_put_together_up_to_their_bytes() -> None:
    found = frames(["x"], ["y"], ["z"], ["u"])
    for frame, size in zip(found, (MOST_BYTES - 1, 1, 1, MOST_BYTES + 1), strict=True):
        frame.attrs[BYTES] = size
    assert values(list(gather(found))) == [["x", "y"], ["z"], ["u"]]


def test_numbers_stay_what_they_are() -> None:
    large = 2**53 + 1
    found = list(gather(frames([1], [2.5], [large], [3.5], ["4"])))
    assert values(found) == [[1.0, 2.5], [large], [3.5], ["4"]]


def test_columns_that_differ_stay_apart() -> None:
    one, other = pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})
    assert [list(frame.columns) for frame in gather([one, other])] == [["a"], ["b"]]


def test_frames_without_rows_are_left_out_but_for_one() -> None:
    empty = pd.DataFrame({"a": []})
    assert values(list(gather([empty, *frames([1]), empty]))) == [[1]]
    assert values(list(gather([empty, empty]))) == [[]]
