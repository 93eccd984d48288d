"""The records that a spec is inferred from: landed as a run would land them, in a scratch lake."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.lake.landing import LandingPlace, LandingWriter
from medallion.lake.manifest import Manifest
from medallion.run import Run
from medallion.sources.base.source import ExtractRequest, SourceModel
from medallion.sources.formats.table import FORMATS
from medallion.steps.parts.landing_frames import field_names, frames

if TYPE_CHECKING:
    import pandas as pd

MOST_RECORDS = 200_000
"""What is inferred is inferred from so many records, the first ones."""
MOST_BYTES = 128 * 1024 * 1024
"""Of their values: of long records those are fewer."""
MOST_FIELDS = 400
DEEPEST = 3
"""Names of a path into a JSON record: `credits.director.name`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a database says of a field: its type in the database's own words, whether it may be
    NULL, and a comment on one line."""

    type: str
    nullable: bool
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the records: its texts, each with how often it occurs.

    Attributes:
        name: a header, or a dotted path into a JSON record.
        records: of the sample.
        texts: those that are not empty, in the order of their first appearance.
        held: DuckDB's name of its type in a Parquet file; else empty.
        of_json: what the values of a JSON field are: `array`, `object`, or empty.
        is_json: whether it is a field of JSON, whose values are read a little otherwise.
        declared: of a database's column; None where it is not known.
    """

    name: str
    records: int
    texts: Mapping[str, int]
    held: str = ""
    of_json: str = ""
    is_json: bool = False
    declared: Declared | None = None
    former: tuple[str, ...] = ()
    """Names that it has in other files or records."""

    @property
    def present(self) -> int:
        """How many records have a value."""
        return sum(self.texts.values())

    @property
    def missing(self) -> int:
        """How many records have none."""
        return self.records - self.present


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSample:
    """The first records of a source, by field and by record."""

    manifest: Manifest
    fields: tuple[Field, ...]
    frame: pd.DataFrame
    """A column for each field; None or NaN where a record has no value."""
    is_cut: bool = False
    """The source has more than was landed."""
    left_out: int = 0
    """Lines that are in the source but not among its records."""
    is_full: bool = False
    """The records are long: there are no more of them, so that they have about `MOST_BYTES`."""

    @property
    def records(self) -> int:
        """How many are in the sample."""
        return len(self.frame)

    @property
    def is_whole(self) -> bool:
        """Whether the sample is all that the source has, as far as is known."""
        return self.records + self.left_out >= self.manifest.records and not self.is_cut

    @property
    def share(self) -> str:
        """In words, which of the source's records it has, where that is not all."""
        why = f": they are long, and {MOST_BYTES >> 20} MiB are enough" if self.is_full else ""
        return f"the first {self.records:,} records{why}"

    @property
    def drifted(self) -> Sequence[Any]:
        """The headers that differ, as the source noted them."""
        drifted = self.manifest.notes.get("drift", ())
        assert isinstance(drifted, list | tuple)  # noqa: S101  # as the source noted it
        return drifted

    @property
    def optional(self) -> frozenset[str]:
        """Fields that some of the files lack."""
        renamed = {field.name for field in self.fields if field.former}
        names = {name for one in self.drifted for name in (*one["new"], *one["missing"])}
        return frozenset(names - renamed)


def land(
    source: SourceModel, request: ExtractRequest, lake: Path, domain: str, log: logging.Logger
) -> Manifest:
    """Land a source into a folder, as a run does.

    Raises:
        SourceRefused, SourceUnavailable: as the source's `extract`.
    """
    place = LandingPlace(
        lake_root=str(lake), domain=domain, dataset=request.dataset, run=request.run, load_id=0
    )
    landing = LandingWriter(place, log)
    layout = source.extract(request, landing)
    return landing.finish(layout, source.describe())


def run_now(domain: str) -> Run:
    """A run that belongs to no schedule."""
    now = datetime.now(UTC)
    return Run(dag_id=f"{domain}.new", run_id="new", interval_start=now, interval_end=now)


def sample_of(manifest: Manifest) -> DataSample:
    """The first records of a landing.

    Raises:
        DataRejected: a part cannot be read.
    """
    names = field_names(manifest)[:MOST_FIELDS]
    with closing(frames(manifest, names, text=True)) as found:
        frame, is_full = _first(found)
    is_full = is_full and len(frame) < manifest.records
    is_json = not FORMATS[manifest.layout.format].has_columns
    if is_json:
        frame = _flat(frame)
    held = dict(zip(manifest.layout.columns, manifest.layout.types, strict=False))
    fields = tuple(_field(frame, str(name), held, is_json=is_json) for name in frame.columns)
    return DataSample(manifest=manifest, fields=fields, frame=frame, is_full=is_full)


def with_frame(sample: DataSample, frame: pd.DataFrame) -> DataSample:
    """A sample of the same fields with other texts; of a source whose records have columns."""
    held = {one.name: one.held for one in sample.fields}
    fields = tuple(_field(frame, one.name, held, is_json=one.is_json) for one in sample.fields)
    return replace(sample, frame=frame, fields=fields)


def apply_declared(sample: DataSample, declared: Mapping[str, Declared]) -> DataSample:
    """A sample of a database's table, its fields with what the database says of them."""
    fields = tuple(replace(one, declared=declared.get(one.name)) for one in sample.fields)
    return replace(sample, fields=fields)


def choose_fields(sample: DataSample, names: Sequence[str]) -> DataSample:
    """A sample with these fields alone, in this order."""
    by_name = {field.name: field for field in sample.fields}
    return replace(
        sample, frame=sample.frame[list(names)], fields=tuple(by_name[name] for name in names)
    )


def keep_last_of(sample: DataSample, names: Sequence[str]) -> DataSample:
    """A sample with the last record of each key, of a source that brings states of things; records
    without one are left out."""
    keyed = sample.frame.dropna(subset=list(names))
    frame = keyed.drop_duplicates(subset=list(names), keep="last").reset_index(drop=True)
    return with_frame(replace(sample, left_out=len(sample.frame) - len(frame)), frame)


def as_records(sample: DataSample, columns: Sequence[str], name: str, value: str) -> DataSample:
    """A sample whose `columns` have become records, as `unpivot` reads them."""
    kept = [str(one) for one in sample.frame.columns if one not in columns]
    frame = sample.frame.melt(
        id_vars=kept, value_vars=list(columns), var_name=name, value_name=value
    ).astype(object)
    former = {one.name: one.former for one in sample.fields}
    fields = tuple(
        replace(_field(frame, one, {}, is_json=False), former=former.get(one, ()))
        for one in (*kept, name, value)
    )
    return DataSample(manifest=sample.manifest, fields=fields, frame=frame)


def merge_fields(sample: DataSample, name: str, former: str) -> DataSample:
    """A sample with one field for two of which each record has one at most; it keeps the place of
    `name`."""
    frame = sample.frame.copy()
    frame[name] = frame[name].where(frame[name].notna(), frame[former])
    frame = frame.drop(columns=[former])
    by_name = {field.name: field for field in sample.fields}
    names = (*by_name[name].former, former, *by_name[former].former)
    merged = _field(frame, name, {name: by_name[name].held}, is_json=by_name[name].is_json)
    fields = tuple(
        replace(merged, former=names) if field.name == name else field
        for field in sample.fields
        if field.name != former
    )
    return replace(sample, frame=frame, fields=fields)


def leave_out(sample: DataSample, lines: Sequence[int]) -> DataSample:
    """A sample without some of its records, which are counted as left out.

    Args:
        sample: of a source whose records have columns.
        lines: their places, from 0.
    """
    frame = sample.frame.drop(index=sample.frame.index[list(lines)]).reset_index(drop=True)
    held = {one.name: one.held for one in sample.fields}
    fields = tuple(
        replace(
            _field(frame, one.name, held, is_json=one.is_json),
            declared=one.declared,
            former=one.former,
        )
        for one in sample.fields
    )
    gone = sample.left_out + len(lines)
    return replace(sample, frame=frame, fields=fields, left_out=gone)


def _first(found: Iterator[pd.DataFrame]) -> tuple[pd.DataFrame, bool]:
    """The first records, and whether their bytes were too many for more of them."""
    import pandas as pd

    taken: list[pd.DataFrame] = []
    left, room = MOST_RECORDS, MOST_BYTES
    for frame in found:
        taken.append(frame.head(left))
        left -= len(frame)
        size = int(frame.memory_usage(index=False, deep=True).sum())
        room -= size
        if left <= 0 or room < size:  # the next frame is about as large
            break
    return pd.concat(taken, ignore_index=True), left > 0 and room < size


def _field(frame: pd.DataFrame, name: str, held: Mapping[str, str], *, is_json: bool) -> Field:
    values = [value for value in frame[name].tolist() if isinstance(value, str) and value]
    texts = dict(Counter(values))
    return Field(
        name=name,
        records=len(frame),
        texts=texts,
        held=held.get(name, ""),
        of_json=_kind(texts) if is_json else "",
        is_json=is_json,
    )


def _kind(texts: Mapping[str, int]) -> str:
    """What JSON values are, where all are alike: arrays or objects."""
    firsts = {text[:1] for text in texts}
    return {"[": "array", "{": "object"}.get(firsts.pop(), "") if len(firsts) == 1 else ""


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Objects of JSON opened: a column for each path, down to `DEEPEST` names."""
    import pandas as pd

    columns: dict[str, Sequence[Any]] = {}
    for name in frame.columns:
        columns |= _open(str(name), frame[name].tolist(), 1)
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def _open(path: str, values: Sequence[Any], depth: int) -> dict[str, Sequence[Any]]:
    present = [value for value in values if isinstance(value, str)]
    if depth >= DEEPEST or not present or not all(map(_is_object, present)):
        return {path: values}
    objects = [json.loads(value) if isinstance(value, str) else {} for value in values]
    names = dict.fromkeys(name for one in objects for name in one)
    if not names or len(names) > MOST_FIELDS or any("." in name for name in names):
        return {path: values}
    found: dict[str, Sequence[Any]] = {}
    for name in names:
        found |= _open(f"{path}.{name}", [_text(one.get(name)) for one in objects], depth + 1)
    return found


def _is_object(text: str) -> bool:
    if not text.startswith("{"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
