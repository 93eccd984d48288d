"""Where the columns of a text without delimiters are: by what is blank in every line, and what is a
digit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from medallion.sources.formats.headers import distinct
from medallion.sources.formats.total_words import BEGINS

FEWEST_LINES = 10
"""Of fewer lines some places are blank in all by chance: they have to be equally long."""
_FEWEST = 3
_NUMBER, _OTHER = "number", "other"
_OF_NUMBERS = frozenset("0123456789.,+-:/")
COMMENT = "#"
MOST_LINES = 2000
MOST_AROUND = 10
"""Lines before and after the records that are of another length."""
ENOUGH = 0.8
"""Of the lines: so many are records."""


def find_places(head: str, *, is_whole: bool, tail: str = "") -> dict[str, Any]:
    r"""The keys of a file source of `format: fixed_width`; empty where no columns are seen.

    >>> text = "".join(f"{n:04}  {'x' * (n % 4 + 1):6}{n * n:5}\n" for n in range(8, 20))
    >>> find_places(text, is_whole=True)["columns"]
    {'column_1': [1, 4], 'column_2': [7, 10], 'column_3': [11, 17]}

    Args:
        head: the first lines.
        is_whole: whether they are all.
        tail: the last ones, where they are not; the first of them may be cut.
    """
    written = _lines(head)[:MOST_LINES]
    numbers = _without_comments(written)
    lines = [written[at] for at in numbers]
    first, last = _records(lines, is_whole=is_whole)
    records = lines[first:last]
    if len(records) < FEWEST_LINES and (len(records) < _FEWEST or len({*map(len, records)}) > 1):
        return {}
    has_header = _is_header(records)
    data = records[1:] if has_header else records
    spans = list(_spans(data))
    if len(spans) < 2:
        return {}
    names = _names(records[0], spans) if has_header else _number(spans)
    found: dict[str, Any] = {"format": "fixed_width"}
    found["columns"] = {
        name: [start + 1, end] for name, (start, end) in zip(names, spans, strict=True)
    }
    if len(lines) < len(written):
        found["comment"] = COMMENT
    if skipped := first + has_header:
        found["skip_rows"] = numbers[skipped - 1] + 1
    ends = lines[last:] if is_whole else _lines_at_end(_lines(tail)[1:])
    found |= _find_end(ends) if ends else {}
    if any(len(line) < spans[-1][1] for line in data):
        found["pad_short_rows"] = True
    return found


def _lines(text: str) -> list[str]:
    """Without blank ones at the end."""
    found = [line.rstrip("\r") for line in text.split("\n")]
    while found and not found[-1].strip():
        found.pop()
    return found


def _without_comments(lines: Sequence[str]) -> list[int]:
    """The places of lines other than comments; all, where comments would be too many."""
    numbers = [at for at, line in enumerate(lines) if not line.startswith(COMMENT)]
    return numbers if len(numbers) >= ENOUGH * len(lines) else list(range(len(lines)))


def _lines_at_end(lines: Sequence[str]) -> list[str]:
    """The last of a file's lines that are of another length than the records before them."""
    _, last = _records(lines, is_whole=True)
    return list(lines[last:])


def _find_end(lines: Sequence[str]) -> dict[str, Any]:
    """The key that says which lines at the end are not records."""
    if word := BEGINS.match(lines[0]):
        return {"footer": f"^{re.escape(word[1])}"}
    return {"skip_footer": len(lines)}


def _records(lines: Sequence[str], *, is_whole: bool) -> tuple[int, int]:
    """From where to where the lines are records: those of the usual length, if most have it."""
    lengths = Counter(map(len, lines))
    usual, count = next(iter(lengths.most_common(1)), (0, 0))
    if not usual or count < ENOUGH * len(lines):
        return 0, len(lines)
    alike = [at for at, line in enumerate(lines) if len(line) == usual]
    first, last = alike[0], alike[-1] + 1
    if first > MOST_AROUND or len(lines) - last > MOST_AROUND:
        return 0, len(lines)
    return first, last if is_whole else len(lines)


def _is_header(lines: Sequence[str]) -> bool:
    """Whether the first line alone has no digit."""
    with_digits = sum(bool(re.search(r"\d", line)) for line in lines[1:])
    return not re.search(r"\d", lines[0]) and with_digits >= ENOUGH * (len(lines) - 1)


def _spans(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The columns, from 0 and half open. What is blank between two belongs to the one whose values
    may grow into it."""
    runs = list(_runs(lines))
    for number, (start, end) in enumerate(runs):
        before = runs[number - 1][1] if number else start
        after = runs[number + 1][0] if number + 1 < len(runs) else end
        takes_left = number > 0 and _is_right_aligned(lines, start, end)
        next_takes = number + 1 < len(runs) and _is_right_aligned(lines, *runs[number + 1])
        is_full = all(line[start:end].strip() == line[start:end] != "" for line in lines)
        yield before if takes_left else start, end if next_takes or is_full else after


def _runs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places that are not blank in every line, one behind the other; cut where a long number and a
    text meet."""
    width = max(map(len, lines))
    kinds = [_kind([line[at : at + 1] or " " for line in lines]) for at in range(width)]
    start = end = 0
    last = ""
    for kind, places in groupby(range(width), key=kinds.__getitem__):
        found = list(places)
        if not kind:
            if end > start:
                yield start, end
            start = end = found[-1] + 1
        else:
            sizes = {last: end - start, kind: len(found)}
            if end > start and sizes.get(_NUMBER, 0) >= 5 and sizes.get(_OTHER, 0) >= 3:
                yield start, end
                start = found[0]
            end = found[-1] + 1
        last = kind
    if end > start:
        yield start, end


def _kind(characters: Sequence[str]) -> str:
    """What a place holds in all lines: what numbers and dates are made of, or other things; empty:
    blanks alone."""
    seen = set(characters) - {" "}
    if not seen:
        return ""
    return _NUMBER if seen <= _OF_NUMBERS else _OTHER


def _is_right_aligned(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether values of different lengths end at one place."""
    values = [line[start:end] for line in lines if line[start:end].strip()]
    return all(value[-1:].strip() and len(value) == end - start for value in values) and any(
        value[:1].isspace() for value in values
    )


def _names(header: str, spans: Sequence[tuple[int, int]]) -> Sequence[str]:
    found = [header[start:end].strip() for start, end in spans]
    return distinct(found) if all(found) else _number(spans)


def _number(spans: Sequence[tuple[int, int]]) -> list[str]:
    return [f"column_{number}" for number in range(1, len(spans) + 1)]
