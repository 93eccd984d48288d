"""A frozen bronze contract: a landing may have no field and no type that the last published one
lacks."""

from __future__ import annotations

from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest
from medallion.names import PublishedTable
from medallion.steps.parts.landing_frames import field_names
from medallion.warehouse.registry.landings import keep_fields, last_published_fields
from medallion.warehouse.session.transaction import session


def hold_frozen(url: str, table: PublishedTable, manifest: Manifest) -> None:
    """Compare a landing with the last published one, and record its fields for the next.

    They are recorded before the verdict: once the spec allows a refused landing and it is
    published, the next one is compared with it.

    Raises:
        DataRejected: it has a new field, or a Parquet type that differs.
    """
    layout = manifest.layout
    names = field_names(manifest)
    types = dict(zip(layout.columns, layout.types, strict=True)) if layout.types else {}
    fields: dict[str, str] = {name: types.get(name, "") for name in names}
    with session(url, "reading the registry") as connection:
        keep_fields(connection, manifest.load_id, fields)
        known = last_published_fields(connection, table, manifest.load_id)
    if known is None:
        return
    changes = [
        f"{name} is new{manifest.name_bringer(name)}" for name in fields if name not in known
    ]
    changes += [
        f"{name}: {known[name]} → {held}"
        for name, held in fields.items()
        if known.get(name) and held and known[name] != held
    ]
    if changes:
        raise DataRejected(
            f"{table.public}: the landing is not laid out as the one that was published last, and "
            f"the schema contract of bronze is frozen: {'; '.join(changes)}",
            remedy="ask the source's owner. If this is intended, set `bronze: {schema_contract: "
            "evolve}` until it is published. Nothing was published",
        )
