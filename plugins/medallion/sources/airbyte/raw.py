"""Rows of a raw table as JSON Lines: Airbyte's own columns, and the record as it got it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from medallion.records import RecordLayout
from medallion.sources.base.source import Landing
from medallion.sources.loaded_tables.columns import LoadedColumns

if TYPE_CHECKING:
    import pyarrow as pa

_DATA, _META = "_airbyte_data", "_airbyte_meta"
PART_BYTES = 128 * 1024 * 1024
"""Of a part before it is compressed: it ends with the line that reaches this."""


def land_records(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], landing: Landing, dataset: str
) -> RecordLayout:
    """Write the rows as `<dataset>-00001.jsonl.gz` and so on. No rows still make one part."""
    lines = _lines(schema, batches)
    line = next(lines, None)
    number = done = 0
    while line is not None or not number:
        number += 1
        with landing.part(f"{dataset}-{number:05d}.jsonl.gz", compress=True) as part:
            written = 0
            while line is not None and written < PART_BYTES:
                part.write(line)
                part.count(1)
                written += len(line)
                done += 1
                line = next(lines, None)
        landing.progress(done, None, "records")
    return RecordLayout(format="jsonl", compression="gzip")


def _lines(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    columns = LoadedColumns(tuple(schema.names))
    documents = {columns.find(name) for name in (_DATA, _META)}
    for batch in batches:
        for row in batch.to_pylist():
            fields = (_field(name, value, name in documents) for name, value in row.items())
            yield ("{" + ",".join(fields) + "}\n").encode()


def _field(name: str, value: Any, is_document: bool) -> str:
    """A key and its value; the text of a document as it is, its numbers as they are written."""
    key = json.dumps(name.lower() if is_document else name, ensure_ascii=False)
    return f"{key}:{_document(value) if is_document else _value(value)}"


def _document(value: Any) -> str:
    if not isinstance(value, str):
        return _value(value)
    try:
        json.loads(value, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # no JSON, or nested too deep: a text without fields
        return json.dumps(value, ensure_ascii=False)
    # Line breaks of a document are between its parts; in a text they are written as \n.
    return value.replace("\r", " ").replace("\n", " ")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number of JSON")


def _value(value: Any) -> str:
    if isinstance(value, datetime | date):
        return json.dumps(value.isoformat())
    return json.dumps(value, ensure_ascii=False, default=str)
