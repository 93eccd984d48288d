"""What has become of the columns of one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from medallion.cleaning.declared.classification import read_roles_in_clear
from medallion.cleaning.declared.contract import NewColumns, list_known_fields
from medallion.cleaning.declared.types import parse_type
from medallion.plan.approval import breaking_change_of
from medallion.publish.declaration import BreakingChange, ShapeContract
from medallion.spec.models.pipeline import GoldSpec, SilverSpec
from medallion.workbench.comparison.changes import Change, Level, list_names
from medallion.workbench.comparison.shapes import Shape, ShapeColumn, find_renamed

WIDER = {
    "smallint": ("integer", "bigint"),
    "integer": ("bigint",),
    "real": ("double",),
}
"""Types that hold every value of another one, and are read the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChange:
    """A change of one column. `touches`: whether what is made of the column is concerned."""

    column: str
    change: Change
    touches: bool = False


class _Report(Protocol):
    """Makes a change of the column that is compared."""

    def __call__(
        self, level: Level, kind: str, what: str, then: str = "", *, touches: bool = False
    ) -> ColumnChange: ...


def compare_columns(before: Shape, after: Shape) -> Iterator[ColumnChange]:
    """The changes of a table that both sides publish."""
    gone = [one for name, one in before.columns.items() if name not in after.columns]
    new = [one for name, one in after.columns.items() if name not in before.columns]
    names = find_renamed(gone, new)
    for one in gone:
        yield _report_gone(one, names.get(one.name, ""), before, after)
    for one in new:
        if one.name not in names.values():
            yield _new(one, before, after)
    for name, one in before.columns.items():
        if name in after.columns:
            yield from _compare(one, after.columns[name], before, after)
    broken = [*(one.name for one in gone if after.whole), *_find_retyped(before, after)]
    if broken and (refused := _refusal(after, broken)):
        yield refused
    if new and (frozen := _report_frozen(new, before, after)):
        yield frozen
    yield from _find_field_not_taken(before, after)


def widens(before: str, after: str) -> bool:
    """Whether a type holds all values of another one, and SQL treats it the same way.

    >>> widens("integer", "bigint"), widens("decimal(8,2)", "decimal(10,2)"), widens("date", "text")
    (True, True, False)
    """
    try:
        old, new = parse_type(before), parse_type(after)
    except ValueError:
        return False
    if old.array != new.array:
        return False
    if old.scalar.name == new.scalar.name == "decimal":
        return new.scale >= old.scale and new.precision - new.scale >= old.precision - old.scale
    return new.scalar.name in WIDER.get(old.scalar.name, ())


def _report_gone(one: ShapeColumn, now: str, before: Shape, after: Shape) -> ColumnChange:
    if not after.whole:
        what = f"{one.name} is not named any more"
        then = "its table may still have it: not all of its columns are known"
        change = _change(after, Level.REVIEW, "column_unnamed", what, then)
        return ColumnChange(column=one.name, change=change)
    kind, what = "column_removed", f"{one.name} is removed"
    if now:
        kind, what = "column_renamed", f"{one.name} is renamed to {now}"
    place, is_before = (
        (after.column_place(now), False) if now else (before.column_place(one.name), True)
    )
    change = Change(
        level=Level.BREAKING,
        kind=kind,
        subject=after.name,
        what=what,
        then=_say_when_published(after),
        owner=after.declared.owner,
        contacts=after.declared.contacts,
        place=place,
        before=is_before,
    )
    return ColumnChange(column=one.name, change=change, touches=True)


def _new(one: ShapeColumn, before: Shape, after: Shape) -> ColumnChange:
    what = f"{one.name} is added" + (f" ({one.type})" if one.type else "")
    keeps = not after.replaces
    change = _change(
        after,
        Level.REBUILD if keeps else Level.SAFE,
        "column_added",
        what,
        "it is NULL in the rows that are published, until they are replayed or backfilled"
        if keeps
        else "",
        column=one.name,
    )
    return ColumnChange(column=one.name, change=change)


def _compare(
    old: ShapeColumn, new: ShapeColumn, before: Shape, after: Shape
) -> Iterator[ColumnChange]:
    def report(
        level: Level, kind: str, what: str, then: str = "", *, touches: bool = False
    ) -> ColumnChange:
        change = _change(after, level, kind, f"{new.name}{what}", then, column=new.name)
        return ColumnChange(column=new.name, change=change, touches=touches)

    if old.type and new.type and old.type != new.type:
        if widens(old.type, new.type):
            then = "every value stays as it is, and SQL reads it the same way"
            yield report(Level.SAFE, "type_widened", f": {old.type} → {new.type}", then)
        else:
            then = _say_when_published(after)
            what = f": {old.type} → {new.type}"
            yield report(Level.BREAKING, "type_changed", what, then, touches=True)
    yield from _nullability(old, new, report)
    if old.unit != new.unit:
        yield _unit(old, new, report)
    if read_roles_in_clear(old.personal) != read_roles_in_clear(new.personal):
        yield _protection(old, new, report)
    if old.reading != new.reading:
        yield _reading(old, new, after, report)
    if old.description != new.description:
        yield report(Level.SAFE, "description_changed", " has another description")


def _nullability(old: ShapeColumn, new: ShapeColumn, report: _Report) -> Iterator[ColumnChange]:
    if old.nullable is False and new.nullable:
        then = "what reads it meets NULL: sums and counts leave such rows out, NOT IN finds nothing"
        yield report(Level.BREAKING, "nullable", " may be NULL now", then, touches=True)
    elif old.nullable and new.nullable is False:
        then = "rows without a value go to quarantine; those that are published stay"
        yield report(Level.REBUILD, "not_nullable", " may not be NULL any more", then)


def _unit(old: ShapeColumn, new: ShapeColumn, report: _Report) -> ColumnChange:
    what = f" has the unit {new.unit or 'none'}, and had {old.unit or 'none'}"
    if old.unit and new.unit:
        then = "its numbers mean something else, and no query notices"
        return report(Level.BREAKING, "unit_changed", what, then, touches=True)
    return report(Level.SAFE, "unit_changed", what)


def _protection(old: ShapeColumn, new: ShapeColumn, report: _Report) -> ColumnChange:
    what = f": {_personal(old)} → {_personal(new)}"
    was, now = read_roles_in_clear(old.personal), read_roles_in_clear(new.personal)
    if was[0] == now[0] and was[1] <= now[1]:
        then = "more people read it in clear; nobody else sees anything else"
        return report(Level.REVIEW, "protection_changed", what, then)
    then = "its values are other ones: joins and filters on it find something else"
    if was[0] == now[0]:
        then = f"who reads as {', '.join(sorted(was[1] - now[1]))} sees masks"
    return report(Level.BREAKING, "protection_changed", what, then, touches=True)


def _reading(old: ShapeColumn, new: ShapeColumn, after: Shape, report: _Report) -> ColumnChange:
    what = " is read or cleaned in another way"
    if after.replaces:
        return report(Level.SAFE, "values_changed", what, "the next run brings all rows again")
    then = "rows that are published keep their values until they are replayed or backfilled"
    return report(Level.REBUILD, "values_changed", what, then, touches=True)


def _personal(one: ShapeColumn) -> str:
    return one.personal.rstrip(".") or "not classified"


def _change(
    after: Shape, level: Level, kind: str, what: str, then: str = "", *, column: str = ""
) -> Change:
    return Change(
        level=level,
        kind=kind,
        subject=after.name,
        what=what,
        then=then,
        owner=after.declared.owner,
        contacts=after.declared.contacts,
        place=after.column_place(column) if column else after.place(),
    )


def _decision(after: Shape) -> BreakingChange | None:
    """None: a person decides."""
    said: SilverSpec | GoldSpec = after.said
    if said.breaking_change is BreakingChange.ALLOW:
        return BreakingChange.ALLOW
    decided = breaking_change_of(said.breaking_change, said.approval)
    return None if decided is BreakingChange.ALLOW else decided


def _say_when_published(after: Shape) -> str:
    """When readers meet a change that breaks them."""
    decision = _decision(after)
    if decision is BreakingChange.ALLOW:
        return "breaking_change: allow publishes it with the next run"
    if decision is None:
        return "the next run asks a person to approve it"
    return "readers keep the old column until it is allowed"


def _find_retyped(before: Shape, after: Shape) -> list[str]:
    return [
        name
        for name, one in before.columns.items()
        if (now := after.columns.get(name)) and one.type and now.type and one.type != now.type
    ]


def _refusal(after: Shape, columns: list[str]) -> ColumnChange | None:
    if _decision(after) is not BreakingChange.REFUSE:
        return None
    change = _change(
        after,
        Level.BREAKING,
        "publication_refused",
        f"the publication will be refused ({list_names(columns)}; breaking_change: refuse)",
        "the pipeline fails, and readers keep the old rows. Publish the new shape under another "
        "name, or set `breaking_change: allow` until it is published",
    )
    return ColumnChange(column="", change=change)


def _report_frozen(new: list[ShapeColumn], before: Shape, after: Shape) -> ColumnChange | None:
    if after.dataset is not None or after.said.schema_contract is not ShapeContract.FREEZE:
        return None
    change = _change(
        after,
        Level.BREAKING,
        "publication_refused",
        f"the publication will be refused ({list_names([one.name for one in new])} added; "
        "schema_contract: freeze)",
        "leave it out of the SELECT, or set `schema_contract: evolve`",
    )
    return ColumnChange(column="", change=change)


def _find_field_not_taken(before: Shape, after: Shape) -> Iterator[ColumnChange]:
    """Fields that no column takes any more, where the contract of silver refuses such fields."""
    if before.dataset is None or after.dataset is None:
        return
    old, new = before.dataset.silver, after.dataset.silver
    if new.schema_contract.columns is not NewColumns.FREEZE:
        return
    taken = {field for name, one in old.columns.items() for field in one.reads(name)}
    lost = sorted(taken - list_known_fields(new.columns, new.schema_contract))
    if lost and before.dataset.source == after.dataset.source:
        yield ColumnChange(
            column="",
            change=_change(
                after,
                Level.BREAKING,
                "contract_broken",
                f"the next run will fail: no column takes {list_names(lost)}, and schema_contract "
                "freezes the columns",
                f"add `ignore: [{', '.join(lost)}]` to schema_contract, or keep a column of it",
            ),
        )
