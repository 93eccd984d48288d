"""Which class is which format of lake tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from medallion.lake.delta_table import DeltaLakeTable
from medallion.lake.lake_table import LakeTable
from medallion.sources.base.object_store import StoredTable

OPENERS: Mapping[str, Callable[[StoredTable, str], LakeTable]] = {"delta": DeltaLakeTable}
"""By the format's word: its table in a folder, for a published table's name."""
