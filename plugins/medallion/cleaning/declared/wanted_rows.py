"""What a spec asks of the rows of one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.contract import SchemaContract
from medallion.unpivot import UnpivotSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRows:
    """Which rows a table is to have: the same for every part that they are read from.

    Attributes:
        columns: those that are read or computed, in the table's order.
        row_filter: the SQL expression that is true for a row that is wanted; None: all are.
        unpivot: how wide records become long ones; None: they stay as they are.
    """

    columns: Mapping[str, ColumnSpec]
    primary_key: Iterable[str] = ()
    row_filter: str | None = None
    contract: SchemaContract = field(default_factory=SchemaContract)
    unpivot: UnpivotSpec | None = None
