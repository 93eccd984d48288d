"""A frozen bronze contract: a landing has no field, and no type, that the last published one had
not.
"""

from __future__ import annotations

import psycopg
from psycopg.types.json import Jsonb

from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest
from medallion.names import PublishedTable
from medallion.steps.parts.landing_frames import field_names

_LAST = """
SELECT l.notes -> 'fields' FROM medallion.loads AS l
JOIN medallion.publications AS p USING (load_id)
WHERE p.layer = %s AND p.domain = %s AND p.table_name = %s AND l.load_id <> %s
ORDER BY p.publication_id DESC LIMIT 1
"""
_KEEP = """
UPDATE medallion.loads SET notes = coalesce(notes, '{}') || jsonb_build_object('fields', %s)
WHERE load_id = %s
"""


def hold_frozen(connection: psycopg.Connection, table: PublishedTable, manifest: Manifest) -> None:
    """Hold a landing against the one that was published last, and keep its fields for the next.

    Raises:
        DataRejected: it has a new field, or a type of Parquet that is another one.
    """
    layout = manifest.layout
    names = field_names(manifest)
    types = dict(zip(layout.columns, layout.types, strict=True)) if layout.types else {}
    fields: dict[str, str] = {name: types.get(name, "") for name in names}
    connection.execute(_KEEP, [Jsonb(fields), manifest.load_id])
    connection.commit()
    row = connection.execute(
        _LAST, [str(table.layer), table.domain, table.name, manifest.load_id]
    ).fetchone()
    if row is None or row[0] is None:
        return
    known: dict[str, str] = row[0]
    changes = [f"{name} is new" for name in fields if name not in known]
    changes += [
        f"{name}: {known[name]} → {held}"
        for name, held in fields.items()
        if known.get(name) and held and known[name] != held
    ]
    if changes:
        raise DataRejected(
            f"{table.public}: the landing is not laid out as the one that was published last, and "
            f"the schema contract of bronze is frozen: {'; '.join(changes)}",
            remedy="ask the source's owner. If it is meant, set `bronze: {schema_contract: "
            "evolve}` until it is published. Nothing was published",
        )
