"""Lines between the records that sum up others: they are not records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from medallion.prose import tally
from medallion.sources.formats.table import FORMATS
from medallion.sources.formats.total_words import BEGINS, ENDS
from medallion.workbench.inference.file_shape import is_value
from medallion.workbench.inference.sample import DataSample, leave_out

MOST_SHARE = 0.5
"""Of the records: more lines than records cannot be totals of them."""
LONGEST = 60
"""Characters: what is longer is prose."""
ENOUGH = 0.8
"""Of the lines: so many have to be sums, where nothing else tells them from records."""
FEWEST_EMPTY = 2
"""Columns: a record of a company called Total may lack one value."""
_ALMOST_ALL = 0.98
_NUMBER = re.compile(r"[^\d.,()+−-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Lines that sum up others.

    Attributes:
        field: the one whose text says so.
        pattern: a regular expression of RE2 that is found in those texts, and in no other.
        evidence: how many there are, and why they are thought to be totals.
        records: the sample without them.
    """

    field: str
    pattern: str
    evidence: str
    records: DataSample


def find_totals(sample: DataSample) -> Totals | None:
    """The lines of a table that are totals; None where none is proven to be one."""
    if not FORMATS[sample.manifest.layout.format].has_columns:
        return None
    for name in map(str, sample.frame.columns):
        for words, pattern in ((BEGINS, r"^\s*{}\b"), (ENDS, r"\b{}\s*$")):
            found = [_find_word(words, text) for text in sample.frame[name].tolist()]
            lines = [at for at, word in enumerate(found) if word]
            if not 0 < len(lines) <= MOST_SHARE * len(found):
                continue
            if why := _prove(sample, name, lines):
                return Totals(
                    field=name,
                    pattern=pattern.format(_join(word for word in found if word)),
                    evidence=f"{tally(len(lines), 'line')} such as "
                    f"{str(sample.frame[name].iloc[lines[0]]).strip()!r}: {why}",
                    records=leave_out(sample, lines),
                )
    return None


def _join(words: Iterable[str]) -> str:
    """One word, or several in brackets; none of them has a sign that means something else."""
    said = sorted(set(words))
    return said[0] if len(said) == 1 else f"({'|'.join(said)})"


def _find_word(words: re.Pattern[str], text: object) -> str:
    if not isinstance(text, str) or len(text) > LONGEST:
        return ""
    stripped = text.strip()
    found = words.match(stripped) if words is BEGINS else words.search(stripped)
    return found[1] if found else ""


def _prove(sample: DataSample, name: str, lines: Sequence[int]) -> str:
    """Why the lines are not records; empty where nothing shows it."""
    frame = sample.frame
    marked = set(lines)
    others = [at for at in range(len(frame)) if at not in marked]
    if not any(map(_has_text, (frame[column].iloc[at] for column in frame for at in lines))):
        return ""
    texts = [text for text in (frame[name].iloc[at] for at in others) if _has_text(text)]
    if texts and all(is_value(text) for text in texts):
        return f"all other values of {name!r} are numbers or dates"
    summed = [
        str(column) for column in frame if str(column) != name and _are_sums(frame[column], marked)
    ]
    if summed:
        return f"{summed[0]!r} is the sum of the records before it"
    empty = [
        str(column) for column in frame
        if str(column) != name and _is_empty_there(frame[column].tolist(), marked)
    ]  # fmt: skip
    if len(empty) >= FEWEST_EMPTY:
        return f"{' and '.join(map(repr, empty[:2]))} are empty there, and nowhere else"
    return ""


def _is_empty_there(values: Sequence[object], marked: set[int]) -> bool:
    """Whether a column has no value on the marked lines, and one on (nearly) all others."""
    filled = sum(_has_text(value) for at, value in enumerate(values) if at not in marked)
    if any(_has_text(values[at]) for at in marked):
        return False
    return filled >= _ALMOST_ALL * (len(values) - len(marked))


def _are_sums(values: Any, marked: set[int]) -> bool:
    """Whether the marked values are the sums of those since the last one, or of all so far."""
    proven = tried = longest = length = 0
    block = whole = Decimal(0)
    for at, text in enumerate(values.tolist()):
        number = _read_number(text)
        if at not in marked:
            block, whole = block + (number or 0), whole + (number or 0)
            length += 1
        elif number is not None:
            tried += 1
            is_sum = _is_near(number, block) or _is_near(number, whole)
            proven += is_sum
            longest = max(longest, length if is_sum else 0)
            block, length = Decimal(0), 0
    return longest > 1 and proven >= ENOUGH * tried


def _is_near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= Decimal("0.05") and other != 0


def _read_number(text: object) -> Decimal | None:
    """A number in any usual notation; None where it is none."""
    if not isinstance(text, str) or not is_value(text):
        return None
    bare = _NUMBER.sub("", text)
    mark = max(bare.rfind("."), bare.rfind(","))
    if mark >= 0 and len(bare) - mark - 1 != 3:
        bare = re.sub(r"[.,]", "", bare[:mark]) + "." + bare[mark + 1 :]
    else:
        bare = re.sub(r"[.,]", "", bare)
    try:
        return Decimal(bare.replace("−", "-"))
    except InvalidOperation:
        return None


def _has_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def filter_for(column: str, pattern: str, *, nullable: bool) -> str:
    """The filter that leaves such lines out; a row without a value stays.

    >>> filter_for("region", "^(Total)", nullable=True)
    "NOT regexp_matches(coalesce(region, ''), '^(Total)')"
    """
    value = f"coalesce({column}, '')" if nullable else column
    quoted = pattern.replace("'", "''")
    return f"NOT regexp_matches({value}, '{quoted}')"


def without_totals(sample: DataSample, row_filter: str | None) -> DataSample:
    """The records that a spec with this filter would keep, as far as it is one that leaves totals
    out."""
    totals = find_totals(sample) if row_filter else None
    return totals.records if totals else sample
