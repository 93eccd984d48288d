"""What the valid specs of a project declare, as they are on the disk now."""

from __future__ import annotations

from pathlib import Path

from medallion.catalogue.declared import Declared
from medallion.workbench.comparison.sides import Side, read_side


def read_declared_now(root: Path) -> Declared:
    """Of the working tree: what no one has accepted yet counts too."""
    return read_declared(read_side(root))


def read_declared(side: Side) -> Declared:
    """The tables of one side, with what their columns are made of."""
    tables = {one.table: one for one in side.all_tables.values()}
    by_name = {name: one.table for name, one in side.all_tables.items()}
    return Declared(tables=tables, by_name=by_name, origins=side.origins)
