"""The versions of a table: which are kept, what differs between two, what people have done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from medallion.catalogue.table import TableHead
from medallion.errors import QueryCancelled
from medallion.publish.dispositions import disposition_of
from medallion.warehouse.catalogue.history import LedgerRow, ledger, sizes
from medallion.warehouse.catalogue.versions import Comparison, compare
from medallion.warehouse.registry.operator_actions import OperatorAction, actions_of
from medallion.warehouse.registry.pins import pins_of
from medallion.warehouse.session.connection import translate_errors
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.selects import list_shown_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version that is kept, by the last publication that filled it."""

    number: int
    published_at: datetime
    run_id: str
    dag_id: str
    rows: int
    bytes: int | None
    is_current: bool
    spec_commit: str | None
    pinned_by: str
    """Who keeps it beyond `keep_versions`; empty: nobody."""
    stores_rows: bool
    """It has rows of its own; of a view `rows` says how many its SELECT gave when it was last
    published."""
    has_former_shape: bool
    """It was published before a breaking change: nobody can go back to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """All that are kept, the latest first; and one held against another, where that was asked."""

    kept: Sequence[Version]
    actions: Sequence[OperatorAction]
    asked: tuple[int, int] | None = None
    comparison: Comparison | None = None
    why_not: str = ""


def read_versions(
    session: Session,
    head: TableHead,
    hidden: frozenset[str] | None,
    asked: tuple[int, int] | None = None,
) -> Versions:
    """The versions of a table.

    Args:
        hidden: columns whose values are not shown; None: of no column.
        asked: two of them, to be compared; the earlier comes first.
    """
    on_disk, pins = sizes(session, head.table), pins_of(session, head.table)
    there = list_shown_versions(session, head.table)
    kept: dict[int, Version] = {}
    for one in ledger(session, head.table, most=1000):
        if one.version_kept and one.version not in kept:
            pin = pins.get(one.version)
            size = on_disk.get(one.version)
            version = _version(one, size, pin.pinned_by if pin else "")
            is_former = head.table.version(one.version).table not in there
            kept[one.version] = replace(version, has_former_shape=is_former)
    actions = actions_of(session, head.table)
    numbers = sorted(kept, reverse=True)
    versions = [kept[number] for number in numbers]
    if asked is None:
        return Versions(kept=versions, actions=actions)
    earlier, later = sorted(asked)
    comparison, why_not = _compare(session, head, hidden, (earlier, later), numbers)
    return Versions(
        kept=versions,
        actions=actions,
        asked=(earlier, later),
        comparison=comparison,
        why_not=why_not,
    )


def _compare(
    session: Session,
    head: TableHead,
    hidden: frozenset[str] | None,
    asked: tuple[int, int],
    kept: Sequence[int],
) -> tuple[Comparison | None, str]:
    said = head.declared
    if asked[0] == asked[1] or not all(number in kept for number in asked):
        return None, "choose two versions that are kept"
    if said is None or hidden is None or not said.primary_key:
        return None, "the spec declares no primary_key: rows cannot be held against each other"
    try:
        with translate_errors("comparing versions"):
            found = compare(session, head.table, asked, said.primary_key, hidden)
    except QueryCancelled:
        return None, "the versions are too large to be compared while you wait (10 s)"
    return found, "" if found else "one of them is gone, or has not the columns of the key"


def _version(one: LedgerRow, size: int | None, pinned_by: str) -> Version:
    return Version(
        number=one.version,
        published_at=one.published_at,
        run_id=one.run_id,
        dag_id=one.dag_id,
        rows=one.rows_total,
        bytes=size,
        is_current=one.is_current,
        spec_commit=one.spec_commit,
        pinned_by=pinned_by,
        stores_rows=disposition_of(one.write_disposition).stores_rows,
        has_former_shape=False,
    )
