"""Columns that tell one record from another, proven on the records that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING

from medallion.workbench.inference.readings import Reading
from medallion.workbench.inference.sample import DataSample, Field

if TYPE_CHECKING:
    import pandas as pd

MOST_TRIED = 80
"""Groups of columns that are looked at, the likeliest first."""
MOST_COLUMNS = 3
LONGEST_KEY = 60
"""Characters: what is longer is prose."""
_HINT = re.compile(r"(?:^|[_\W])(?:id|key|code|no|num|number|numero|ref|reference|uuid|isin|iban|"
                   r"sku|ean)(?:$|[_\W])")  # fmt: skip
_OF_KEYS = frozenset(("whole", "text", "uuid", "date", "moment", "boolean"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Candidate keys, the likeliest first, as fields; and what else was seen.

    Attributes:
        repeated: records that are there before, word for word.
    """

    candidates: tuple[tuple[str, ...], ...]
    repeated: int


def find_keys(
    sample: DataSample,
    readings: Mapping[str, Reading],
    names: Mapping[str, str],
    unit: str = "",
) -> Keys:
    """The smallest groups of fields that no two different records share.

    Args:
        sample: at least one record, or there is no key.
        readings: by field.
        names: by field, the column's name.
        unit: a field that says the scale of a number, and tells no record from another.
    """
    frame = sample.frame.drop_duplicates()
    repeated = len(sample.frame) - len(frame)
    if frame.empty:
        return Keys(candidates=(), repeated=0)
    fields = {field.name: field for field in sample.fields}
    able = [
        name for name, field in fields.items()
        if name != unit and not field.missing
        and readings[name].kind in _OF_KEYS and _longest(field) <= LONGEST_KEY
    ]  # fmt: skip
    able.sort(key=lambda name: _rank(names[name], readings[name]))
    found: list[tuple[str, ...]] = []
    for size in range(1, MOST_COLUMNS + 1):
        for group in _groups(able, size, fields, len(frame)):
            if _is_key(frame, group):
                found.append(group)
        if found:
            break
    return Keys(candidates=tuple(found), repeated=repeated)


def _groups(
    able: Sequence[str], size: int, fields: Mapping[str, Field], records: int
) -> Iterator[tuple[str, ...]]:
    """Those that could be a key by the number of their values."""
    tried = 0
    for group in combinations(able, size):
        if prod(len(fields[name].texts) for name in group) < records:
            continue
        tried += 1
        if tried > MOST_TRIED:
            return
        yield group


def _is_key(frame: pd.DataFrame, group: tuple[str, ...]) -> bool:
    return not frame.duplicated(list(group)).any()


def _rank(name: str, reading: Reading) -> tuple[object, ...]:
    """Those named like a key first, times last; then as the source has them."""
    return (not _HINT.search(name), reading.kind == "moment")


def _longest(field: Field) -> int:
    return max(map(len, field.texts), default=0)
