"""`new` from a table that Airbyte, Fivetran or dlt has loaded: known by the columns that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.sources.airbyte.source import DATA, EXTRACTED_AT, RAW_ID, AirbyteSource
from medallion.sources.database.query import names_of
from medallion.sources.dlt.source import ENDED, LOAD_ID, PARENT_ID, DltSource
from medallion.sources.fivetran.source import ACTIVE, SYNCED, FivetranSource
from medallion.sources.loaded_tables.columns import LoadedColumns
from medallion.sources.loaded_tables.table import LoadedTable
from medallion.workbench.inference.sample import DataSample

_CHILD = (PARENT_ID, "_dlt_id", "_dlt_list_idx")
_PREFIXES = ("_airbyte_", "_ab_cdc_", "_fivetran_", "_dlt_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a table's columns say of who has loaded it.

    Attributes:
        said: the keys of `source:` that they make, `type` among them.
        model: of that type.
        guess: why, for people.
        kept: the tool's own columns that are proposed as columns; the others are not.
        row_id: the one of them that tells each row from another, where there is one.
    """

    said: Mapping[str, Any]
    model: type[LoadedTable]
    guess: str
    kept: tuple[str, ...] = ()
    row_id: str = ""

    @property
    def kind(self) -> str:
        """The type of source."""
        return str(self.said["type"])


def recognize_loader(table: str, names: Sequence[str]) -> Loaded | None:
    """Who has loaded a table, by its columns; None where no tool has that is known here.

    >>> found = recognize_loader("web.orders__items", ["sku", "_dlt_parent_id", "_dlt_id"])
    >>> dict(found.said)
    {'type': 'dlt', 'parents': ['orders']}
    """
    columns = LoadedColumns(tuple(names))
    for look in (_airbyte, _fivetran, _dlt):
        if found := look(table, columns):
            return found
    return None


def leave_out_own(sample: DataSample, loaded: Loaded) -> DataSample:
    """The sample without the columns that the tool keeps for itself."""
    return _leave_out(sample, lambda name: name.lower().startswith(loaded.kept))


def leave_out_others(sample: DataSample, columns: Mapping[str, ColumnSpec]) -> DataSample:
    """The sample without the tool's own columns that no column of a dataset reads."""
    read = {one.partition(".")[0] for name, spec in columns.items() for one in spec.reads(name)}
    return _leave_out(sample, lambda name: name.partition(".")[0] in read)


def _leave_out(sample: DataSample, is_wanted: Callable[[str], bool]) -> DataSample:
    """The sample without those of the tools' own columns that nobody wants."""
    kept = tuple(
        field
        for field in sample.fields
        if not field.name.lower().startswith(_PREFIXES) or is_wanted(field.name)
    )
    return replace(sample, fields=kept, frame=sample.frame[[field.name for field in kept]])


def _airbyte(table: str, columns: LoadedColumns) -> Loaded | None:
    if columns.lack((RAW_ID, EXTRACTED_AT)):
        return None
    if columns.find(DATA):
        guess = "it is a raw table of Airbyte's: its fields are in _airbyte_data"
        said = {"type": "airbyte", "raw": True}
        return Loaded(said=said, model=AirbyteSource, guess=guess, kept=(DATA, EXTRACTED_AT))
    guess = "its columns are Airbyte's: a row that CDC marks as deleted is left out"
    return Loaded(said={"type": "airbyte"}, model=AirbyteSource, guess=guess)


def _fivetran(table: str, columns: LoadedColumns) -> Loaded | None:
    if not columns.find(SYNCED):
        return None
    if columns.find(ACTIVE):
        return Loaded(
            said={"type": "fivetran", "history": "current"},
            model=FivetranSource,
            guess="its columns are those of Fivetran's history mode: the present states are read, "
            "and `history: all` reads all",
        )
    guess = "its columns are Fivetran's: a row that it marks as deleted is left out"
    row_id = "_fivetran_id"
    return Loaded(
        said={"type": "fivetran"},
        model=FivetranSource,
        guess=guess,
        kept=(row_id,),
        row_id=columns.find(row_id),
    )


def _dlt(table: str, columns: LoadedColumns) -> Loaded | None:
    if columns.find(LOAD_ID):
        said: dict[str, Any] = {"type": "dlt"}
        guess = "its columns are dlt's: rows of a load that is not complete are not read"
        if columns.find(ENDED):
            said["history"] = "current"
            guess = (
                "its columns are those of dlt's strategy scd2: the present states are read, and "
                "`history: all` reads all"
            )
        elif "__" in names_of(table)[-1]:
            said["parents"] = []
        return Loaded(said=said, model=DltSource, guess=guess)
    parts = names_of(table)[-1].split("__")
    if not columns.find(PARENT_ID) or len(parts) == 1:
        return None
    above = ["__".join(parts[:number]) for number in range(len(parts) - 1, 0, -1)]
    return Loaded(
        said={"type": "dlt", "parents": above},
        model=DltSource,
        guess="it is a child table of dlt's: `parents` are the tables above it, by its name",
        kept=_CHILD,
        row_id=columns.find("_dlt_id"),
    )
