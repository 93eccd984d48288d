"""Files that are Parquet already: landed unchanged, each value in its own type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.base.parquet_parts import layout_of
from medallion.sources.formats.exact_parquet import exactly_readable
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.table_keys import UNITED, UnitedKeys


class ParquetKeys(UnitedKeys):
    """What an author may say of Parquet."""


class Parquet(FileFormat):
    """Values with types; no encoding."""

    suffixes = (".parquet", ".pq")
    keys = ParquetKeys
    is_text = False

    def examine(self, file: FileAtHand, said: ParquetKeys) -> tuple[RecordLayout, int]:
        """The layout and the number of records from the file's footer."""
        layout, records = examine(file)
        return replace(layout, own=UNITED if said.union_by_name else ()), records

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """Itself if DuckDB reads its values exactly, else a copy; by its own columns where those of
        the files differ."""
        if set(UNITED) <= set(layout.own):
            import pyarrow.parquet as pq

            own = layout_of(pq.read_schema(part))
            layout = replace(layout, columns=own.columns, types=own.types)
        return exactly_readable(part, layout, folder / "exact.parquet")

    def facts(self, layout: RecordLayout) -> Mapping[str, object]:
        """Nothing: the layout has it all."""
        return {}


def examine(file: FileAtHand) -> tuple[RecordLayout, int]:
    """How a file's records are read, and how many it has.

    Raises:
        SourceRefused: it is not Parquet, damaged, encrypted, packed once more, or has no column or
            two of one name.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if file.compression != "none":
        raise SourceRefused(
            f"{file.name} is packed as {file.compression}: Parquet is compressed within",
            remedy="unpack it, or declare `compression: none`",
        )
    try:
        with pq.ParquetFile(file.path) as opened:
            schema, records = opened.schema_arrow, opened.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise SourceRefused(
            f"{file.name} is not Parquet, damaged or encrypted: {str(error).partition(chr(10))[0]}",
            remedy="is it another format? Or was it cut while it was written: write such a file "
            "under another name and rename it when it is whole",
        ) from None
    try:
        return layout_of(schema), records
    except SourceRefused as error:
        raise SourceRefused(f"{file.name}: {error.problem}", remedy="fix the file") from None
