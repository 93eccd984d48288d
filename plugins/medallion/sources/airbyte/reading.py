"""Rows of a table of Airbyte's into the lake, each with what Airbyte has changed in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medallion.errors import SourceRefused
from medallion.prose import tally
from medallion.records import PROBLEM_FIELD, RecordLayout
from medallion.sources.airbyte.changes import CHANGES, META, change_texts, count_kinds
from medallion.sources.airbyte.generations import count_generations
from medallion.sources.airbyte.raw import land_records
from medallion.sources.airbyte.source import GENERATION
from medallion.sources.base.parquet_parts import land_batches
from medallion.sources.base.source import ExtractRequest, Landing
from medallion.sources.loaded_tables.columns import LoadedColumns

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.sources.airbyte.source import AirbyteSource
    from medallion.sources.database.rows import Rows

CHANGED = "airbyte_changed_rows"
"""The note that counts the records in which Airbyte has changed a value."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Seen:
    changes: Counter[str] = field(default_factory=Counter)
    generations: Counter[str] = field(default_factory=Counter)


def land_rows(
    source: AirbyteSource,
    rows: Rows,
    batches: Iterable[pa.RecordBatch],
    landing: Landing,
    request: ExtractRequest,
) -> RecordLayout:
    """Land the rows with a column `_airbyte_changes`, and note what it holds.

    Raises:
        SourceRefused: Airbyte has changed a value, and `on_change` is `fail`.
    """
    import pyarrow as pa

    seen = _Seen()
    schema = rows.schema.append(pa.field(CHANGES, pa.string()))
    described = _add_changes(schema, batches, seen)
    if source.raw:
        layout = land_records(schema, described, landing, request.dataset)
    else:
        layout = land_batches(schema, described, landing, request.dataset)
    _report(source, seen, landing, request)
    if source.on_change == "quarantine":
        layout = replace(layout, own=(*layout.own, (PROBLEM_FIELD, CHANGES)))
    return layout


def _add_changes(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], seen: _Seen
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    columns = LoadedColumns(tuple(schema.names))
    meta, generation = columns.find(META), columns.find(GENERATION)
    for batch in batches:
        changes = pa.nulls(batch.num_rows, pa.string())
        if meta:
            changes = change_texts(batch.column(meta))
            seen.changes.update(count_kinds(changes))
        if generation:
            seen.generations.update(count_generations(batch.column(generation)))
        yield pa.RecordBatch.from_arrays([*batch.columns, changes], schema=schema)


def _report(source: AirbyteSource, seen: _Seen, landing: Landing, request: ExtractRequest) -> None:
    if len(seen.generations) > 1:
        landing.note("airbyte_generations", dict(sorted(seen.generations.items())))
        request.log.info(
            "%s has rows of %d generations: a refresh in Airbyte that keeps former records, or one "
            "that is under way. `generation: latest` reads the newest alone",
            source.table, len(seen.generations),
        )  # fmt: skip
    if not seen.changes:
        return
    number = sum(seen.changes.values())
    listed = seen.changes.most_common(_SHOWN)
    shown = ", ".join(f"{what} ({count:,})" for what, count in listed)
    more = f", and {len(seen.changes) - _SHOWN} others" if len(seen.changes) > _SHOWN else ""
    found = f"Airbyte has changed values of {tally(number, 'record')}: {shown}{more}"
    landing.note(CHANGED, number)
    landing.note("airbyte_changes", dict(listed))
    if source.on_change == "fail":
        raise SourceRefused(
            found,
            remedy="correct them at the source and let Airbyte load them again; or write "
            "`on_change: quarantine`, or warn",
        )
    if source.on_change == "warn":
        request.log.warning("%s. `on_change: quarantine` keeps them out of the table", found)
