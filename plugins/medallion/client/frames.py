"""What a table is read as: Arrow, pandas or Polars, with the lineage attached where it has room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from medallion.errors import CannotRead, SetupError
from medallion.warehouse.reading.lineage import Lineage
from medallion.warehouse.reading.versions import METADATA

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

As = Literal["pandas", "polars", "arrow"]
KINDS: tuple[As, ...] = ("pandas", "polars", "arrow")
ATTRIBUTE = "medallion"
"""The key of a pandas frame's `attrs` that holds the lineage."""

TEXTS: dict[As, frozenset[str]] = {
    "arrow": frozenset(),
    "pandas": frozenset(("uuid", "interval")),
    "polars": frozenset(("uuid", "interval")),
}
"""By kind of frame, the types that it lacks: they come as texts."""


def frame_of(table: pa.Table, kind: As, lineage: Lineage) -> Any:
    """The frame of a table that was read with this kind's `TEXTS`."""
    return _MAKERS[kind](table, lineage)


def to_pandas(table: pa.Table, lineage: Lineage) -> pd.DataFrame:
    """A pandas frame on Arrow's own memory: integers keep their NULLs, decimals their digits."""
    import pandas as pd

    frame: pd.DataFrame = _plain(table).to_pandas(types_mapper=pd.ArrowDtype)
    frame.attrs[ATTRIBUTE] = lineage
    return frame


def to_polars(table: pa.Table, lineage: Lineage) -> pl.DataFrame:
    """A Polars frame; it has no room for the lineage.

    Raises:
        SetupError: Polars is not installed.
        CannotRead: a decimal is wider than Polars' own.
    """
    import pyarrow as pa

    try:
        import polars as pl
    except ImportError:
        raise SetupError(
            f"{lineage.table} is asked for as Polars, which is not installed",
            remedy="pip install polars",
        ) from None
    for field in table.schema:
        if pa.types.is_decimal256(getattr(field.type, "value_type", field.type)):
            raise CannotRead(
                f"{field.name} is {field.type}: Polars has decimals of 38 digits at most",
                remedy="numbers='float', or as_='arrow'",
            )
    frame = pl.from_arrow(_plain(table))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a table makes a frame, an array a series
    return frame


_MAKERS: dict[As, Callable[[pa.Table, Lineage], Any]] = {
    "pandas": to_pandas,
    "polars": to_polars,
    "arrow": lambda table, lineage: table,
}


def lineage_of(read: Any) -> Lineage:
    """The lineage of an Arrow table, schema, batch or reader, or of a pandas frame, that was read
    here.

    Raises:
        CannotRead: it has none: a Polars frame has no room, and most operations on frames lose it.
    """
    attributes = getattr(read, "attrs", {})
    if isinstance(attributes.get(ATTRIBUTE), Lineage):
        found: Lineage = attributes[ATTRIBUTE]
        return found
    schema = getattr(read, "schema", read)
    metadata = getattr(schema, "metadata", None) or {}
    if METADATA in metadata:
        return Lineage.from_json(metadata[METADATA])
    raise CannotRead(
        f"a {type(read).__name__} without lineage",
        remedy="take it from desk.table(…).lineage, or from the frame as it was read",
    )


def _plain(table: pa.Table) -> pa.Table:
    """The table without Arrow's extension types, which frames lack: JSON and UUID are texts."""
    import pyarrow as pa

    columns = [_plain_column(column) for column in table.columns]
    return pa.table(dict(zip(table.column_names, columns, strict=True)))


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    kind = column.type
    if isinstance(kind, pa.UuidType):
        texts = [None if one is None else str(one) for one in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    if isinstance(kind, pa.BaseExtensionType):
        return pa.chunked_array([one.storage for one in column.chunks], type=kind.storage_type)
    return column
