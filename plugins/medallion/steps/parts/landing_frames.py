"""A landing's records as pandas frames: a bounded number at a time, of the columns asked for.

A value is missing where a CSV's field is empty, and where JSON says null or nothing, or Parquet
NULL: as the cleaning takes it. `NA` and `null` are texts.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from os import SEEK_END
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.reader import local_part
from medallion.records import PARENT, RecordLayout
from medallion.sources.formats.json_keys import KeyTwice, json_object
from medallion.sources.formats.table import FORMATS
from medallion.steps.parts.copies import readable
from medallion.steps.parts.erased_records import Erasing, erase_records
from medallion.steps.parts.gathered_frames import BYTES, MOST_BYTES, gather
from medallion.steps.parts.parquet_frames import parquet_frames

if TYPE_CHECKING:
    import pandas as pd

BATCH_RECORDS = 200_000
_GZIP_LENGTH = struct.Struct("<I")
_NO_FIELD = "\0"
"""What no field is called, and nobody asks for: the column of a frame that is read for its rows."""


def frames(
    manifest: Manifest, columns: Sequence[str], *, text: bool
) -> Generator[pd.DataFrame, None, None]:
    """The records in their order, at most 200,000 a frame, of long ones fewer; at least one frame,
    which may be empty.

    Args:
        manifest: of the landing.
        columns: those wanted; a column that a CSV lacks is not in its frames.
        text: each value as its text in the landing; else with the type that pandas infers.

    Raises:
        DataRejected: a part is not CSV or not JSON.
        LakeError: a part is missing or not as long as it should be.
    """
    yield from gather(_frames(manifest, columns, text=text))


def _frames(manifest: Manifest, columns: Sequence[str], *, text: bool) -> Iterator[pd.DataFrame]:
    """The same, at least one frame for each part that has records."""
    found = chain.from_iterable(_of_part(manifest, part, columns, text) for part in manifest.parts)
    first = next(found, None)
    yield _empty(manifest, columns) if first is None else first
    yield from found


def read_mixed_frames(
    manifest: Manifest, *, texts: Sequence[str], others: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """The same, with some columns as texts and others as pandas infers them, side by side."""
    import pandas as pd

    if not texts or not others:
        yield from frames(manifest, [*texts, *others], text=bool(texts))
        return
    pairs = zip(
        _frames(manifest, texts, text=True), _frames(manifest, others, text=False), strict=True
    )

    def side_by_side() -> Iterator[pd.DataFrame]:
        for left, right in pairs:
            known = [name for name in others if name in right.columns]
            wanted = [name for name in texts if name in left.columns]
            yield pd.concat([left[wanted], right[known]], axis="columns")

    yield from gather(side_by_side())


def _of_part(
    manifest: Manifest, part: PartInfo, columns: Sequence[str], text: bool
) -> Iterator[pd.DataFrame]:
    with _readable(manifest, part) as (path, layout):
        others = [name for name in manifest.layout.columns if name not in layout.columns]
        lacks = [name for name in others if name in columns]  # of files with other headers
        for frame in _READERS[layout.format].read(layout, path, columns, text, part.records):
            yield frame.reindex(columns=[*frame.columns, *lacks]) if lacks else frame


def field_names(manifest: Manifest) -> list[str]:
    """The columns; for JSON every field of any record, in order of appearance: it reads the landing
    once."""
    if FORMATS[manifest.layout.format].has_columns:
        return list(manifest.layout.columns)
    names: dict[str, None] = {}
    for part in manifest.parts:
        with _readable(manifest, part) as (path, layout):
            for record, _ in _records(layout, path):
                names.update(dict.fromkeys(record))
    return list(names)


def _read_delimited(
    layout: RecordLayout, path: Path, columns: Sequence[str], text: bool, records: int
) -> Iterator[pd.DataFrame]:
    import pandas as pd

    wanted = set(columns)
    known = [name for name in layout.columns if name in wanted]
    length = _length_of_text(path, layout) // max(records, 1) + 1
    found = pd.read_csv(
        path,
        sep=layout.delimiter,
        quotechar=layout.quote,
        encoding=layout.encoding,
        compression="gzip" if layout.compression == "gzip" else None,
        header=0,
        names=list(layout.columns),
        index_col=False,
        # A frame of no columns would have no rows either.
        usecols=known or list(layout.columns[:1]),
        dtype=str if text else None,
        keep_default_na=False,
        na_values=[""],
        chunksize=max(1, min(BATCH_RECORDS, MOST_BYTES // length)),
        on_bad_lines="skip",  # they are quarantined, with their reason, when the part is cleaned
    )
    for frame in found:
        frame.attrs[BYTES] = length * len(frame)
        yield frame if known else frame.rename(columns={layout.columns[0]: _NO_FIELD})


def _length_of_text(path: Path, layout: RecordLayout) -> int:
    """The length of a text; of one in gzip as its last bytes say, which count up to 4 GiB."""
    size = path.stat().st_size
    if layout.compression != "gzip" or size < _GZIP_LENGTH.size:
        return size
    with path.open("rb") as packed:
        packed.seek(-_GZIP_LENGTH.size, SEEK_END)
        (said,) = _GZIP_LENGTH.unpack(packed.read())
    return max(size, int(said))


def _json_lines(
    layout: RecordLayout, path: Path, columns: Sequence[str], text: bool, _: int
) -> Iterator[pd.DataFrame]:
    import pandas as pd

    records = _records(layout, path, float if not text else _Spelled)
    as_asked = _as_text if text else _as_it_is
    for batch, size in _batches(records):
        frame = pd.DataFrame(
            {name: [as_asked(record.get(name)) for record in batch] for name in columns},
            columns=list(columns),
            index=pd.RangeIndex(len(batch)),
        )
        frame.attrs[BYTES] = size
        yield frame


def _batches(
    records: Iterable[tuple[dict[str, Any], int]],
) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Records with their bytes as those of a frame each, with their bytes together."""
    held: list[dict[str, Any]] = []
    size = 0
    for record, length in records:
        if held and (len(held) >= BATCH_RECORDS or size + length > MOST_BYTES):
            yield held, size
            held, size = [], 0
        held.append(record)
        size += length
    if held:
        yield held, size


def _parquet(
    layout: RecordLayout, path: Path, columns: Sequence[str], text: bool, _: int
) -> Iterator[pd.DataFrame]:
    yield from parquet_frames(path, layout, columns, text=text, records=BATCH_RECORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    read: Callable[[RecordLayout, Path, Sequence[str], bool, int], Iterator[pd.DataFrame]]
    """Of a part: its layout, where it is, the columns, whether as texts, how many records."""
    unpacks: tuple[str, ...] = ()
    """The compressions of parts that it reads as they are, in any encoding."""


_READERS = {
    "csv": _Reader(read=_read_delimited, unpacks=("none", "gzip")),
    "jsonl": _Reader(read=_json_lines),
    "parquet": _Reader(read=_parquet),
}
"""By the format of what the engines read: see `FileFormat.readable`."""


def _as_it_is(value: object) -> object:
    return value


class _Spelled(float):
    """A number of JSON that knows how it was written: 1.10."""

    text: str

    def __new__(cls, text: str) -> _Spelled:
        made = super().__new__(cls, text)
        made.text = text
        return made


def _as_text(value: object) -> str | None:
    """As the landing spells it."""
    if isinstance(value, _Spelled):
        return value.text
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _empty(manifest: Manifest, columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    has_columns = FORMATS[manifest.layout.format].has_columns
    known = manifest.layout.columns if has_columns else columns
    return pd.DataFrame(columns=[name for name in columns if name in known], dtype=object)


def _records(
    layout: RecordLayout, path: Path, number: type[float] = float
) -> Iterator[tuple[dict[str, Any], int]]:
    """Each record, and about how many bytes it has; a line that is none has no field, and is
    quarantined when it is cleaned."""
    opened = gzip.open if layout.compression == "gzip" else open
    with opened(path, "rb") as lines:
        for line in lines:
            if layout.records_path:
                document = json.loads(line, object_pairs_hook=json_object, parse_float=number)
                parent = {PARENT: document[PARENT]} if layout.with_parent else {}
                found = _array(document, layout.records_path)
                for record in found:
                    yield _fields(record) | parent, len(line) // len(found)
            elif line.strip():
                yield _fields(_document(line, number)), len(line)


def _array(document: object, records_path: str) -> list[object]:
    for step in records_path.split("."):
        document = document.get(step) if isinstance(document, Mapping) else None
    return document if isinstance(document, list) else []


def _document(line: bytes, number: type[float]) -> object:
    try:
        return json.loads(line, object_pairs_hook=json_object, parse_float=number)
    except ValueError:
        return None


def _fields(record: object) -> dict[str, Any]:
    """A record's; none of one that goes to quarantine whole."""
    return record if isinstance(record, dict) and not isinstance(record, KeyTwice) else {}


def _leave_erased_out(part: PartInfo, path: Path, layout: RecordLayout, folder: Path) -> Path:
    """A copy without the blank records that stay in the place of an erased person's."""
    copy = folder / "without-erased"
    erasing = Erasing(numbers=frozenset(part.erased), leaves_out=True)
    erase_records(path, layout, copy, erasing)
    return copy


@contextmanager
def _readable(manifest: Manifest, part: PartInfo) -> Iterator[tuple[Path, RecordLayout]]:
    """A part as pandas reads it; says whose part cannot be read, in words of the format."""
    try:
        with (
            local_part(manifest, part) as landed,
            TemporaryDirectory(prefix="medallion-gate-") as to,
        ):
            layout = manifest.layout_of(part)
            path = _leave_erased_out(part, landed, layout, Path(to)) if part.erased else landed
            reader = _READERS.get(layout.format)
            as_it_is = reader is not None and layout.compression in reader.unpacks
            as_it_is = as_it_is and not layout.own  # its format may have more to say of the part
            yield (path, layout) if as_it_is else readable(path, layout, Path(to))
    except RecursionError:
        raise DataRejected(
            f"the landed part {part.name} has a record that is nested too deep to be read",
            remedy="look at the part: lists in lists, or objects in objects, some thousand levels "
            "deep. Fix the source and clear the land task",
        ) from None
    except (ValueError, EOFError, gzip.BadGzipFile) as error:  # pandas' ParserError is a ValueError
        said = " ".join(str(error).split())[:300]
        raise DataRejected(
            f"the landed part {part.name} cannot be read: {said}",
            remedy="look at the part: a quote that is not closed, bytes of another encoding, a "
            "line that is cut? Fix the source and clear the land task",
        ) from None
