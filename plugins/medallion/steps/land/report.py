"""What a landing says in the log: what was asked of whom, what came, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from medallion.lake.manifest import Manifest
from medallion.plan.model import LandStep
from medallion.prose import tally
from medallion.run import Run
from medallion.sources.base.cursor import CursorRange, format_value
from medallion.sources.base.source import SourceModel
from medallion.sources.base.stream import NOTE as OFFSETS
from medallion.sources.formats.normal_form import COMMENTS
from medallion.sources.formats.shaped_table import FOOTER, PADDED, TRIMMED
from medallion.sources.loaded_tables.notes import DELETED, FORMER, INCOMPLETE

MOST_FILES = 5
BESIDE_RECORDS = {
    FOOTER: "rows of footers left out",
    COMMENTS: "lines of comments left out",
    PADDED: "short records filled up",
    TRIMMED: "delimiters at the end of a record left out",
    DELETED: "rows that are marked as deleted left out",
    FORMER: "former states left out",
    INCOMPLETE: "rows of loads that are not complete left out",
}
"""The notes of a landing of which the log has a line."""


def describe_landing(
    step: LandStep, run: Run, manifest: Manifest, cursor: CursorRange | None
) -> Iterator[str]:
    """Lines for the log; no secret is in them."""
    layout = manifest.layout
    how = [layout.format, *([layout.compression] if layout.compression != "none" else [])]
    if not layout.types:  # typed values have no encoding
        found = dict.fromkeys(manifest.layout_of(part).encoding for part in manifest.parts)
        how.append(" and ".join(found) or layout.encoding)
    parts = f" in {tally(len(manifest.parts), 'part')}" if len(manifest.parts) != 1 else ""
    requests = manifest.notes.get("requests")
    asked = f", {tally(requests, 'request')}" if isinstance(requests, int) and requests else ""
    yield (
        f"landed {tally(manifest.records, 'record')}, {manifest.bytes:,} bytes{parts} "
        f"({' '.join(how)}){asked}"
    )
    if left_out := _beside_records(manifest):
        yield f"  {left_out}"
    yield from _from(step, run, manifest, cursor)
    yield f"to {manifest.uri}"


def _beside_records(manifest: Manifest) -> str:
    """What the files had beside plain records, by their source's words."""
    notes = ((manifest.notes.get(key), words) for key, words in BESIDE_RECORDS.items())
    return ", ".join(f"{count:,} {words}" for count, words in notes if isinstance(count, int))


def _from(
    step: LandStep, run: Run, manifest: Manifest, cursor: CursorRange | None
) -> Iterator[str]:
    files = [part for part in manifest.parts if part.file]
    for part in files[:MOST_FILES]:
        yield f"from {part.file} ({tally(part.records, 'record')}, {part.bytes:,} bytes)"
    if len(files) > MOST_FILES:
        yield f"  … and {tally(len(files) - MOST_FILES, 'file')} more, in the manifest"
    if files:
        return
    if step.source.reads_stream():
        yield from describe_offsets(step.source, manifest)
        return
    source = step.source
    if source.reads_by() is not None:  # what its cursor asks for comes below
        source = source.model_copy(update={"cursor": None})
    sync = source.asks_for_sync()
    by = ", ".join(one for one in source.conn_ids() if not sync or one != sync.conn_id)
    yield (
        f"from {source.preview(*run.local_interval())}"
        + (f", by the connection {by}" if by else "")
    )
    if cursor is not None:
        more = "from" if cursor.start_inclusive else "above"
        end = "" if cursor.end is None else f" to {format_value(cursor.end)}"
        yield f"  where {cursor.field} is {more} {format_value(cursor.start)}{end}"


def describe_offsets(source: SourceModel, manifest: Manifest) -> Iterator[str]:
    """What was read of each partition of a stream that had anything new."""
    note = manifest.notes[OFFSETS]
    assert isinstance(note, Mapping)  # noqa: S101  # as the source noted it
    partitions = note["partitions"]
    by = ", ".join(source.conn_ids())
    yield f"from {source.reads_stream()} ({tally(len(partitions), 'partition')}), by {by}"
    read = [one for one in partitions if one["end"] != one["begin"] or one["lost"]]
    for one in read[:MOST_FILES]:
        lost = f", {one['lost']:,} lost before them" if one["lost"] else ""
        yield (
            f"  partition {one['partition']}: {one['begin']} to before {one['end']} "
            f"({tally(one['records'], 'message')}{lost})"
        )
    if len(read) > MOST_FILES:
        yield f"  … and {tally(len(read) - MOST_FILES, 'partition')} more, in the manifest"
