"""Columns that tell one record from another, proven on the records that there are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING

from medallion.sources.formats.record_look import YEAR
from medallion.workbench.inference.readings import Reading
from medallion.workbench.inference.sample import DataSample, Field

if TYPE_CHECKING:
    import pandas as pd

MOST_TRIED = 80
"""Groups of columns that are looked at, the likeliest first."""
MOST_COLUMNS = 3
OF_ONE_PERSON = frozenset(("email", "national_id", "bank_account", "card_number"))
"""Kinds of personal data that one person has, and no other."""
SHORTEST_CODE = 5
"""Digits: a code has always as many."""
MOST_GAPS, FEWEST_FOR_GAPS = 10, 20
"""Numbers of things are close together: of so many records, up to so many times as far apart."""
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
    if len(frame) == 1:  # each of its fields would be one
        named = tuple((one.name,) for one in sample.fields if _HINT.search(names[one.name]))
        able_alone = [group for group in named if readings[group[0]].kind in _OF_KEYS]
        return Keys(candidates=tuple(able_alone), repeated=repeated)
    fields = {field.name: field for field in sample.fields}
    able = [
        name for name, field in fields.items()
        if name != unit and not field.missing
        and readings[name].kind in _OF_KEYS and _longest(field) <= LONGEST_KEY
    ]  # fmt: skip
    able.sort(key=lambda name: _rank(names[name], readings[name]))
    measures = {
        name for name in able if name != sample.fields[0].name
        and _is_measure(names[name], readings[name], fields[name])
    }  # fmt: skip
    for allowed in (frozenset[str](), OF_ONE_PERSON):
        wanted = [name for name in able if name not in kinds or kinds[name] in allowed]
        if found := _find_without_measures(frame, wanted, measures, fields):
            return Keys(candidates=found, repeated=repeated)
    found = _find_without_measures(frame, able, measures, fields)
    refused = [name for group in found[:1] for name in group if name in kinds]
    return Keys(candidates=(), repeated=repeated, refused=tuple(refused))


def _find_without_measures(
    frame: pd.DataFrame,
    able: Sequence[str],
    measures: Collection[str],
    fields: Mapping[str, Field],
) -> tuple[tuple[str, ...], ...]:
    """The smallest groups without a measure; where there are none, with a measure beside something
    else. A measure that no two records share does so by chance."""
    likely = [name for name in able if name not in measures]
    if found := _find(frame, likely, fields):
        return found
    by_chance = {name for name in measures if _is_key(frame, (name,))}
    return _find(frame, [name for name in able if name not in by_chance], fields, measures)


def _is_measure(name: str, reading: Reading, field: Field) -> bool:
    """Whether whole numbers count something, as far as is seen: they are not named like a key, do
    not have one length as codes have, and are neither years nor close together as 1, 2, 4 … are."""
    if reading.kind != "whole" or _HINT.search(name):
        return False
    texts = [text.strip() for text in field.texts]
    if all(map(YEAR.fullmatch, texts)):
        return False
    if len({len(text) for text in texts}) == 1 and len(texts[0]) >= SHORTEST_CODE:
        return False
    return len(texts) < field.records or not _are_numbered(texts)


def _are_numbered(texts: Sequence[str]) -> bool:
    numbers = [int(text) for text in texts if text.isdecimal()]
    gaps = MOST_GAPS if len(texts) >= FEWEST_FOR_GAPS else 1
    return len(numbers) == len(texts) and max(numbers) - min(numbers) < gaps * len(texts)


def _find(
    frame: pd.DataFrame,
    able: Sequence[str],
    fields: Mapping[str, Field],
    measures: Collection[str] = (),
) -> tuple[tuple[str, ...], ...]:
    """The smallest groups that are keys, and not of measures alone."""
    for size in range(1, MOST_COLUMNS + 1):
        groups = [
            group for group in _groups(able, size, fields, len(frame))
            if not measures or not set(measures).issuperset(group)
        ]  # fmt: skip
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
