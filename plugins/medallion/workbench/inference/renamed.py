"""Fields that are one: their name has changed from one file to the next, or from one record to the
next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from medallion.cleaning.declared.contract import column_name
from medallion.sources.formats.record_look import is_written_value
from medallion.sources.formats.table import FORMATS
from medallion.workbench.inference.sample import DataSample, merge_fields

ALIKE = 0.75
"""How much of two names is the same: more, and they may be one."""
SHORTEST = 3
"""Letters of a name that another one begins with: `Ref` of `Référence`."""
_MOSTLY = 0.9


def merge_names(sample: DataSample) -> DataSample:
    """The sample with one field for those that are one: never in a record together, one of them in
    each file, under names that are alike, with values of one kind."""
    for older, newer in _find_pairs(sample):
        sample = merge_fields(sample, newer, older)
    return sample


def _find_pairs(sample: DataSample) -> Iterator[tuple[str, str]]:
    """The former and the present name of each; a field is in one pair."""
    taken: set[str] = set()
    for older, newer in combinations([str(name) for name in sample.frame.columns], 2):
        if {older, newer} & taken or not are_alike(older, newer):
            continue
        kinds = {_is_of_values(sample, name) for name in (older, newer)}
        if len(kinds) == 1 and _take_turns(sample, older, newer):
            taken |= {older, newer}
            yield older, newer


def are_alike(one: str, other: str) -> bool:
    """Whether two names may be of one field.

    >>> are_alike("Ref", "Référence"), are_alike("Order Date", "order_date"), are_alike("a", "b")
    (True, True, False)
    """
    first, second = sorted((column_name(one), column_name(other)), key=len)
    if len(first) >= SHORTEST and second.startswith(first):
        rest = second[len(first) :]
        return rest.isalpha() or not rest
    numbers = [list(filter(str.isdigit, name)) for name in (first, second)]
    if numbers[0] != numbers[1]:  # `q1_sales` and `q2_sales` are two fields
        return False
    return SequenceMatcher(None, first, second).ratio() >= ALIKE


def _take_turns(sample: DataSample, one: str, other: str) -> bool:
    """Whether each file, or each record of JSON, has one of two fields, and none has both."""
    has_one, has_other = (sample.frame[name].notna() for name in (one, other))
    if bool((has_one & has_other).any()) or not (bool(has_one.any()) and bool(has_other.any())):
        return False
    if not FORMATS[sample.manifest.layout.format].has_columns:
        return bool((has_one | has_other).all())
    drifted: Sequence[Any] = sample.drifted
    return bool(drifted) and all(
        (one in of["missing"]) != (other in of["missing"]) for of in drifted
    )


def _is_of_values(sample: DataSample, name: str) -> bool:
    """Whether (nearly) all of its texts are numbers, amounts or dates."""
    texts = [text for text in sample.frame[name].tolist() if isinstance(text, str) and text]
    return sum(map(is_written_value, texts)) >= _MOSTLY * len(texts)
