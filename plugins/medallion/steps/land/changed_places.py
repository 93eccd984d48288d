"""Columns without names in their file are held against those of the landing before."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.lake.manifest import Manifest
from medallion.names import PublishedTable
from medallion.sources.formats.column_looks import (
    NOTE,
    describe_changed_places,
    find_changed_places,
)
from medallion.warehouse.registry.landings import last_published_looks
from medallion.warehouse.session.transaction import Session


def find_doubts(connection: Session, table: PublishedTable, manifest: Manifest) -> Iterator[str]:
    """A sentence for each pair of columns that look as if they had changed places since the landing
    that was published last. Nothing of it is certain."""
    now = manifest.notes.get(NOTE)
    if not isinstance(now, dict):
        return
    before = last_published_looks(connection, table, manifest.load_id)
    for pair in find_changed_places(before or {}, now):
        yield describe_changed_places(f"{table.name}, since it was published last", pair)
