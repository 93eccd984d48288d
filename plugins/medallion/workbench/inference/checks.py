"""Checks that the data support: each would pass on what was read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from medallion.workbench.inference.readings import Reading
from medallion.workbench.inference.sample import Field

MOST_ACCEPTED = 12
FEWEST_RECORDS = 40
"""Of fewer records it is not known which values there are."""
FEWEST_EACH = 3
_OF_IDS = re.compile(r"(?:^|_)ids?$")
"""Numbers of things, of which none is too large."""
MARGIN = 2
"""A largest number may become so many times as large before somebody is warned."""


def checks_of(
    field: Field, column: str, reading: Reading, *, is_key: bool, is_personal: bool
) -> Iterator[Mapping[str, Any]]:
    """What can be asked of one column, as `checks:` has it."""
    if is_personal or is_key:
        return
    if reading.kind == "text":
        yield from _propose_accepted(field, column)
    elif reading.kind in ("whole", "number") and not _OF_IDS.search(column):
        yield from _between(column, reading.values)


def _propose_accepted(field: Field, column: str) -> Iterator[Mapping[str, Any]]:
    words = sorted({text.strip() for text in field.texts})
    enough = field.present >= max(FEWEST_RECORDS, FEWEST_EACH * len(words))
    if len(words) <= MOST_ACCEPTED and enough:
        yield {"accepted_values": {"column": column, "values": words, "on_failure": "warn"}}


def _between(column: str, values: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    if len(values) < FEWEST_EACH:
        return
    least, most = min(values), max(values)
    if least < 0 or most <= 0:
        return
    limits: dict[str, Any] = {"column": column, "min_value": 0}
    yield {"between": {**limits, "max_value": _round_up(most), "on_failure": "warn"}}


def _round_up(largest: Any) -> int:
    """Twice a number, up to its first digit: 2345 gives 5000."""
    twice = Decimal(str(largest)) * MARGIN
    step = Decimal(10) ** twice.adjusted()
    return max(1, int((twice / step).to_integral_value(ROUND_CEILING) * step))
