"""Personal data in clear: whether values of a source are still to be read in a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from medallion.course.goals.base import Texts
from medallion.course.goals.trial import TableFound
from medallion.course.workplace import Workplace
from medallion.model import SpecModel
from medallion.prose import tally

_SHORTEST = 4
"""Shorter texts are in others by chance."""


class ClearValues(SpecModel):
    """Columns of a delimited file of the exercise whose values nobody may read."""

    file: str
    columns: Texts
    delimiter: str = ","


def clear_values(hidden: ClearValues, found: TableFound, place: Workplace) -> Iterator[str]:
    """In which columns, and in how many rows, a value is in clear. Messages hold no value."""
    with (place.folder / hidden.file).open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file, delimiter=hidden.delimiter))
    for column in hidden.columns:
        values = {
            text for record in records if len(text := (record[column] or "").strip()) >= _SHORTEST
        }
        for name in found.columns:
            rows = sum(_holds(row.get(name), values) for row in found.sample)
            if rows:
                yield f"{tally(rows, 'row')} still show {column} in clear, in the column {name}"
        rows = sum(_holds(text, values) for text in found.kept)
        if rows:
            yield f"{tally(rows, 'row')} in quarantine still show {column} in clear"


def _holds(value: object, values: set[str]) -> bool:
    text = str(value).casefold()
    return any(one.casefold() in text for one in values)
