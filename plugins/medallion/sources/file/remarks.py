"""What was found in files beside their records: into the landing's notes and the log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from medallion.sources.base.source import ExtractRequest, Landing
from medallion.sources.formats.column_looks import (
    NOTE,
    describe_changed_places,
    find_changed_places,
)
from medallion.sources.formats.file_format import Remarks

MOST_WARNINGS = 20


def note(remarks: Remarks, request: ExtractRequest, landing: Landing) -> None:
    """Counts and places go into the manifest, warnings into the log, where values of the data are
    only if they may."""
    for what, count in remarks.counts.items():
        landing.note(what, count)
    if remarks.lost:
        landing.note("lost_letters", _list_lost_letters(remarks))
    if remarks.looks:
        landing.note(NOTE, list(remarks.looks.values())[-1])
    warnings = [
        *remarks.warnings,
        *_describe_changed_places(remarks),
        *_describe_lost_letters(remarks, examples=request.shows_values),
    ]
    for line in warnings[:MOST_WARNINGS]:
        request.log.warning("%s", line)
    if len(warnings) > MOST_WARNINGS:
        request.log.warning("… and %d warnings more", len(warnings) - MOST_WARNINGS)


def _describe_changed_places(remarks: Remarks) -> Iterator[str]:
    """Of the files of one landing, each held against the one before."""
    for (_, before), (file, now) in pairwise(remarks.looks.items()):
        for pair in find_changed_places(before, now):
            yield describe_changed_places(file, pair)


def _list_lost_letters(remarks: Remarks) -> list[dict[str, object]]:
    """Without the examples, which are data."""
    return [
        {"file": file, "number": lost.number, "line": lost.line}
        for file, lost in list(remarks.lost.items())[:MOST_WARNINGS]
    ]


def _describe_lost_letters(remarks: Remarks, *, examples: bool) -> Iterator[str]:
    for file, lost in remarks.lost.items():
        example = f": {lost.example!r}" if examples else ""
        yield (
            f"{file}, {lost.place}: U+FFFD is where a letter was lost before the file came"
            f"{example}; {lost.number:,} in the file: have it written again from its source"
        )
