"""Finds people in landed parts, record by record, by what identifies them as it is cleaned."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.cleaning.declared.classification import (
    ClassificationSpec,
    Protect,
    identifier_of,
    identifying_columns,
    telling_columns,
)
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.reader import local_part, local_parts
from medallion.plan.model import CleanStep
from medallion.records import RecordLayout
from medallion.steps.clean.erased.people import People
from medallion.steps.clean.part_reading import Line, PartReader, Rows
from medallion.steps.context import StepContext
from medallion.steps.parts.runners import share
from medallion.steps.parts.unread_records import find_unread_records, may_have_unread_records

if TYPE_CHECKING:
    import pyarrow as pa

ENGINE = "duckdb"
"""What reads the parts, whatever cleans them: it is always there."""


@dataclass(slots=True, kw_only=True)
class FoundInPart:
    """What one part has of the people.

    Attributes:
        numbers: of their records, from 1.
        lines: lines that are not records, and name one of them.
        others: by identifier, every value that these records have, where a record is of one person.
        records: all that the part has.
        words: what lines that are not records have of them, as it stands there.
        nameless: the numbers of records that no column identifies.
    """

    numbers: set[int] = field(default_factory=set)
    lines: int = 0
    others: dict[str, set[str]] = field(default_factory=dict)
    records: int = 0
    words: set[str] = field(default_factory=set)
    nameless: set[int] = field(default_factory=set)


def identities(step: CleanStep) -> dict[str, ColumnSpec]:
    """The columns by which people are found, in clear: nobody but the process sees the values."""
    clear = ClassificationSpec(pii="other", protect=Protect.NONE)
    return {
        name: spec.model_copy(update={"classification": clear, "nullable": True})
        for name, spec in identifying_columns(step.columns).items()
    }


def scan(
    step: CleanStep, context: StepContext, manifest: Manifest, people: People
) -> dict[int, FoundInPart]:
    """What each part of a landing has of the people, by the part's number; nothing: no entry.

    Raises:
        DataRejected, LakeError, LakeUnavailable, SetupError: by who must act.
    """
    found = {}
    for number, batches in read_columns(identities(step), context, manifest):
        part = FoundInPart()
        for batch in batches:
            _look(step, batch, people, part)
        part.numbers |= _find_unread(manifest, manifest.parts[number], part.nameless, people)
        if part.numbers or part.lines:
            found[number] = part
    return found


def _find_unread(
    manifest: Manifest, part: PartInfo, nameless: set[int], people: People
) -> set[int]:
    """What cannot be read says in no column whose it is. Records that are blank already are
    nameless, too."""
    layout, unknown = manifest.layout_of(part), nameless.difference(part.erased)
    if not may_have_unread_records(layout) or not (layout.holds_messages or unknown):
        return set()
    with local_part(manifest, part) as landed:
        return find_unread_records(
            landed, layout, unknown, lambda text: bool(people.find_words(text))
        )


def read_identities(
    step: CleanStep, context: StepContext, path: Path, layout: RecordLayout
) -> Iterator[tuple[str | None, ...]]:
    """What identifies people in each record of a file, in their order."""
    with tempfile.TemporaryDirectory(prefix="medallion-people-") as folder:
        for one in _read_file(step, context, path, layout, Path(folder)):
            if isinstance(one, Rows):
                columns = [_texts(one.batch, name).to_pylist() for name in identities(step)]
                yield from zip(*columns, strict=True)


def read_columns(
    columns: Mapping[str, ColumnSpec], context: StepContext, manifest: Manifest
) -> Iterator[tuple[int, Iterator[Rows | Line]]]:
    """Some columns of each part of a landing, by the part's number, as their specs clean them."""
    local = local_parts(manifest)
    with (
        tempfile.TemporaryDirectory(prefix="medallion-people-") as folder,
        share(ENGINE, local, Path(folder), {}) as opener,
    ):
        reader = PartReader(
            wanted=WantedRows(columns=columns),
            engine=ENGINE,
            opener=opener,
            relations={},
            folder=Path(folder),
            context=context,
        )
        for number, part in enumerate(manifest.parts):
            with local_part(manifest, part) as landed:
                opened = reader.open(number, landed, manifest.layout_of(part))
                with closing(opened.read()) as batches:
                    yield number, batches


def _read_file(
    step: CleanStep, context: StepContext, path: Path, layout: RecordLayout, folder: Path
) -> Iterator[Rows | Line]:
    with share(ENGINE, [path], folder, {}) as opener:
        reader = PartReader(
            wanted=WantedRows(columns=identities(step)),
            engine=ENGINE,
            opener=opener,
            relations={},
            folder=folder,
            context=context,
        )
        with closing(reader.open(0, path, layout).read()) as batches:
            yield from batches


def _look(step: CleanStep, one: Rows | Line, people: People, part: FoundInPart) -> None:
    if not isinstance(one, Rows):
        words = people.find_words(one.text)
        part.lines += bool(words)
        part.words |= words
        return
    part.records += one.batch.num_rows
    columns = [
        (identifier_of(spec), _texts(one.batch, name))
        for name, spec in identifying_columns(step.columns).items()
    ]
    part.nameless.update(one.before + row + 1 for row in _find_nameless(columns))
    at = _find_rows(columns, people)
    part.numbers.update(one.before + row + 1 for row in at)
    for name, spec in telling_columns(step.columns).items():
        texts = _texts(one.batch, name)
        values = {texts[row].as_py() for row in at} - {None}
        part.others.setdefault(identifier_of(spec), set()).update(values)


def _find_rows(columns: Sequence[tuple[str, pa.Array]], people: People) -> list[int]:
    """The rows of a batch, from 0, that are of one of them. Each value is hashed once."""
    import numpy as np

    found: set[int] = set()
    for identifier, texts in columns:
        if not people.hashes.get(identifier):
            continue
        coded = texts.dictionary_encode()
        theirs = [
            number
            for number, value in enumerate(coded.dictionary.to_pylist())
            if value is not None and people.are(identifier, value)
        ]
        if theirs:
            codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            found.update(np.flatnonzero(np.isin(codes, theirs)).tolist())
    return sorted(found)


def _find_nameless(columns: Sequence[tuple[str, pa.Array]]) -> list[int]:
    """The rows of a batch, from 0, in which no column has a value."""
    import numpy as np

    are_null = [texts.is_null().to_numpy(zero_copy_only=False) for _, texts in columns]
    return np.flatnonzero(np.logical_and.reduce(are_null)).tolist() if are_null else []


def _texts(batch: pa.RecordBatch, name: str) -> pa.Array:
    import pyarrow as pa

    return batch.column(name).cast(pa.string())
