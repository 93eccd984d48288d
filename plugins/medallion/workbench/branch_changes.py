"""Everything that a branch changes: tables, pipelines and dashboards, and besides them data
products and the register of processing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from medallion.compiler.guard import Guard, share_guard
from medallion.workbench.comparison.changes import Comparison, in_order
from medallion.workbench.comparison.commit_files import base_of
from medallion.workbench.comparison.compare import compare
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.processing.branch import compare_register
from medallion.workbench.products.branch import compare_offers


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A comparison with both of its sides. Of `before` the files are gone."""

    found: Comparison
    before: Side
    after: Side


def check(root: Path, ref: str, guard: Guard | None = None) -> Compared:
    """Compare the working tree with where it has left a branch, a tag or a commit.

    Raises:
        NotComparable: there is nothing to compare with.
    """
    guard = guard or share_guard()
    with base_of(root, ref) as base:
        after = read_side(root, guard)
        before = read_side(base.root, guard, like=after, store=base.root.parent / "compiled")
        found = compare_sides(before, after, guard, base=base.commit)
        return Compared(found=found, before=before, after=after)


def compare_sides(before: Side, after: Side, guard: Guard, base: str = "") -> Comparison:
    """Every change from one side to the other, the most serious first. The files of both are
    read."""
    found = compare(before, after, guard, base=base)
    more = (*compare_offers(before, after), *compare_register(before, after))
    return replace(found, changes=in_order([*found.changes, *more]))
