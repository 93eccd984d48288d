"""What columns look like, of values that are no everyday numbers: a landing notes it as JSON."""

from __future__ import annotations

import json
import math

import pytest

from medallion.sources.formats.column_looks import find_changed_places, looks_of


@pytest.mark.parametrize(
    "value",
    [
        "9" * 400,
        f"-{'9' * 400},5",
        f"0.{'0' * 400}1",
        "inf",
        "nan",
        "-0",
        "1e999",
        "٣٤٥",
        "²",
        "\x00",
    ],
)
def test_a_look_can_be_noted_as_json_whatever_the_values_are(value: str) -> None:
    looks = looks_of(["a", "b"], [[value, "x"]] * 6)
    noted = json.loads(json.dumps(looks, allow_nan=False))
    assert all(one is None or math.isfinite(one) for look in noted.values() for one in look)
    assert list(find_changed_places(noted, looks)) == []
