"""Which class is which format of lake tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from medallion.lake.delta_table import DeltaLakeTable
from medallion.lake.lake_table import Catalogue, LakeTable
from medallion.sources.base.object_store import StoredTable
from medallion.sources.base.providers import missing


def _open_delta(stored: StoredTable, name: str, catalogue: Catalogue) -> LakeTable:
    """Delta's own log is its catalogue."""
    return DeltaLakeTable(stored, name)


def _open_iceberg(stored: StoredTable, name: str, catalogue: Catalogue) -> LakeTable:
    """Raises SetupError: its package is not installed."""
    try:
        from medallion.lake.iceberg.table import IcebergLakeTable
    except ImportError:
        raise missing("iceberg") from None

    return IcebergLakeTable(stored, name, catalogue)


OPENERS: Mapping[str, Callable[[StoredTable, str, Catalogue], LakeTable]] = {
    "delta": _open_delta,
    "iceberg": _open_iceberg,
}
"""By the format's word: its table in a folder, for a published table's name and its row in the
catalogue."""
