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
OF_ONE_PERSON = frozenset(("email", "national_id", "bank_account", "card_number"))
"""Kinds of personal data that one person has, and no other."""
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
        refused: fields that tell the records apart too, and are personal data that several people
            may share: a name, a date of birth. Where there is no candidate, they say why.
    """

    candidates: tuple[tuple[str, ...], ...]
    repeated: int
    refused: tuple[str, ...] = ()


def find_keys(
    sample: DataSample,
    readings: Mapping[str, Reading],
    names: Mapping[str, str],
    unit: str = "",
    personal: Mapping[str, str] | None = None,
) -> Keys:
    """The smallest groups of fields that no two different records share.

    Personal data that belong to one person alone, such as an e-mail address, are part of a key only
    where nothing else is one; what several people may share never is.

    Args:
        sample: at least one record, or there is no key.
        readings: by field.
        names: by field, the column's name.
        unit: a field that says the scale of a number, and tells no record from another.
        personal: by field, the kind of personal data that it holds.
    """
    kinds = personal or {}
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
    for allowed in (frozenset[str](), OF_ONE_PERSON):
        wanted = [name for name in able if name not in kinds or kinds[name] in allowed]
        if found := _find(frame, wanted, fields):
            return Keys(candidates=found, repeated=repeated)
    found = _find(frame, able, fields)
    refused = [name for group in found[:1] for name in group if name in kinds]
    return Keys(candidates=(), repeated=repeated, refused=tuple(refused))


def _find(
    frame: pd.DataFrame, able: Sequence[str], fields: Mapping[str, Field]
) -> tuple[tuple[str, ...], ...]:
    """The smallest groups that are keys."""
    for size in range(1, MOST_COLUMNS + 1):
        groups = _groups(able, size, fields, len(frame))
        if found := tuple(group for group in groups if _is_key(frame, group)):
            return found
    return ()


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
