"""Columns whose values no diff shows: personal by the spec of the working tree, or by the one that
runs.

A change may make a column public that readers have protected: what it would show is not shown here
before the change is accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medallion.catalogue.column_lineage import ColumnOrigins
from medallion.catalogue.declared import Declared, SpecShelf
from medallion.catalogue.personal import find_hidden_fields, find_hidden_if_known
from medallion.names import PublishedTable
from medallion.workbench.comparison.sides import Side


def find_hidden_columns(
    table: PublishedTable, columns: Sequence[str], side: Side, root: Path
) -> frozenset[str]:
    """Those of a table's columns whose values are not shown.

    Args:
        columns: of both sides of the comparison.
        side: the specs of the working tree.
        root: the project's folder, which keeps the specs that run.
    """
    tables = {one.table: one for one in side.all_tables.values()}
    declared = Declared(
        tables=tables,
        by_name={name: one.table for name, one in side.all_tables.items()},
        origins=ColumnOrigins(side.all_tables),
    )
    hidden = find_hidden_fields(declared, table, columns)
    accepted = find_hidden_if_known(SpecShelf(root).now(), table, columns)
    return hidden | (accepted or frozenset())
