"""Columns whose values no diff shows: personal by the spec of the working tree, or by the one that
runs.

A change may make a column public that readers have protected: what it would show is not shown here
before the change is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from medallion.catalogue.column_lineage import ColumnOrigins
from medallion.catalogue.declared import Declared, SpecShelf
from medallion.catalogue.personal import find_hidden_fields, find_hidden_if_known
from medallion.names import PublishedTable
from medallion.workbench.comparison.sides import Side

NONE: frozenset[str] = frozenset()
NOTHING_HIDDEN: Mapping[PublishedTable, frozenset[str]] = {}


def find_hidden_columns(
    table: PublishedTable,
    columns: Sequence[str],
    side: Side,
    root: Path,
    inputs: Mapping[PublishedTable, frozenset[str]] = NOTHING_HIDDEN,
) -> frozenset[str]:
    """Those of a table's columns whose values are not shown.

    Args:
        columns: of both sides of the comparison.
        side: the specs of the working tree.
        root: the project's folder, which keeps the specs that run.
        inputs: columns, and fields of records, that are not shown either, nor what is made of
            them: by table.
    """
    running = SpecShelf(root).now()
    tables = {}
    for one in side.all_tables.values():
        known = running.tables.get(one.table)
        more = inputs.get(one.table, NONE) | (known.hidden_fields if known else NONE)
        tables[one.table] = replace(one, hidden_fields=one.hidden_fields | more)
    declared = Declared(
        tables=tables,
        by_name={name: one.table for name, one in side.all_tables.items()},
        origins=ColumnOrigins(side.all_tables),
    )
    hidden = find_hidden_fields(declared, table, columns)
    accepted = find_hidden_if_known(running, table, columns)
    return hidden | (accepted or frozenset())
