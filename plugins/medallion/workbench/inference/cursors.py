"""A field by which a source could be read in increments: a time of change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from medallion.sources.base.cursor import kind_of
from medallion.workbench.inference.readings import Reading
from medallion.workbench.inference.sample import DataSample

_OF_CHANGE = re.compile(
    r"(?:^|_)(?:updated|modified|changed|last_(?:update|modification|change|modified|updated)|"
    r"modification|mtime|lastmod|maj|modifie|geaendert|actualizado)(?:_|$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorCandidate:
    """A field that probably grows with each change of its record.

    Attributes:
        field: as the source calls it.
        initial_value: before all that it holds.
        why: a sentence for people, without values.
    """

    field: str
    initial_value: date
    why: str

    @property
    def kind(self) -> str:
        """`date` or `timestamp`."""
        return kind_of(self.initial_value)


def find_cursor(
    sample: DataSample, readings: Mapping[str, Reading], names: Mapping[str, str]
) -> CursorCandidate | None:
    """The first field that is named like a time of change, and that every record has.

    Args:
        sample: of the source.
        readings: by field.
        names: by field, its column's name.
    """
    for field in sample.fields:
        reading = readings[field.name]
        is_time = reading.said["type"] in ("timestamp", "timestamptz", "date")
        if not is_time or not _OF_CHANGE.search(names[field.name]) or field.missing:
            continue
        first = date(1970, 1, 1)
        if reading.said["type"] != "date":
            first = datetime(1970, 1, 1, tzinfo=UTC)
        return CursorCandidate(
            field=field.name,
            initial_value=first,
            why=f"all {field.records:,} records have it{_order(sample, field.name)}",
        )
    return None


def _order(sample: DataSample, field: str) -> str:
    """What the order of the sample's records adds to it."""
    values = sample.frame[field].dropna()
    return ", and in their order it never falls" if values.is_monotonic_increasing else ""
