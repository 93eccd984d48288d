"""A table's quarantine as a person sees it: by reason, by run, and the rows themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from medallion.names import PublishedTable
from medallion.warehouse.catalogue.quarantined import PAGE, QuarantinedRow, read_quarantined_rows
from medallion.warehouse.quarantine.report import QuarantineCounts, counts_of, reasons
from medallion.warehouse.quarantine.runs import QuarantinedRun, open_runs
from medallion.warehouse.registry.operator_actions import REPLAY, OperatorAction, actions_of
from medallion.warehouse.session.transaction import Session

HIDDEN = "(personal data)"
_WHOLE_LINE = ("_text",)
"""Fields of a record that hold a line as it was read: personal data may be anywhere in it."""
ACTIONS = (REPLAY, "drop quarantine")
"""Entries of the journal that are about rows in quarantine."""
_LONGEST = 300
_LINE = re.compile(r"^line [0-9]+: ")
_QUOTED = re.compile(r'".*"', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row: its reasons, and its fields as texts, personal ones without their value."""

    quarantine_id: int
    run_id: str
    stage: str
    reasons: Sequence[str]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why rows are open, without what differs from row to row; a row with two counts under both."""

    stage: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """What is open, and what people have done about it, the latest first. `next_after`: where the
    next page begins; None: this is the last one."""

    counts: QuarantineCounts
    reasons: Sequence[Reason]
    runs: Sequence[QuarantinedRun]
    rows: Sequence[ShownRow]
    next_after: int | None
    actions: Sequence[OperatorAction]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsAsked:
    """A filter and a page of the open rows: those of a run or a reason, behind the row with the id
    `after`."""

    run_id: str | None = None
    reason: str | None = None
    after: int = 0


def read_quarantine(
    session: Session, table: PublishedTable, hidden: frozenset[str] | None, asked: RowsAsked
) -> Quarantine:
    """The open rows that were asked for, with all reasons and runs; `hidden` fields without their
    values, None: all of them."""
    found = read_quarantined_rows(session, table, asked.run_id, asked.reason, asked.after)
    return Quarantine(
        counts=counts_of(session, table),
        reasons=[
            Reason(stage=one.stage, reason=one.reason, rows=one.rows)
            for one in reasons(session, table)
        ],
        runs=open_runs(session, table),
        rows=[_show(row, hidden) for row in found[:PAGE]],
        next_after=found[PAGE - 1].quarantine_id if len(found) > PAGE else None,
        actions=[one for one in actions_of(session, table) if one.action in ACTIONS],
    )


def _show(row: QuarantinedRow, hidden: frozenset[str] | None) -> ShownRow:
    return ShownRow(
        quarantine_id=row.quarantine_id,
        run_id=row.run_id,
        stage=row.stage,
        reasons=[_reason(text, hidden) for text in row.reasons],
        fields={name: _text(name, value, hidden) for name, value in _fields(row.record).items()},
    )


def _fields(record: object) -> Mapping[str, object]:
    """A record's fields; what a line of JSON holds beside an object is one text.

    >>> _fields({"id": 1}), _fields([1])
    ({'id': 1}, {'_text': '[1]'})
    """
    if isinstance(record, Mapping):
        return record
    return {_WHOLE_LINE[0]: json.dumps(record, ensure_ascii=False)}


def _reason(text: str, hidden: frozenset[str] | None) -> str:
    """A reason, as `email: "x" is too long`, without the value that it quotes where that is hidden.

    >>> _reason('email: "ada" is too long', frozenset({"email"}))
    'email: "…" is too long'
    """
    column = _LINE.sub("", text).partition(":")[0]
    is_hidden = hidden is None or column in hidden
    return _QUOTED.sub('"…"', text) if is_hidden else text


def _text(name: str, value: object, hidden: frozenset[str] | None) -> str:
    """A field's value. Where a column holds personal data, so may a nested field that holds it."""
    if hidden is None:
        return HIDDEN
    if hidden and (name in hidden or name in _WHOLE_LINE or _holds(name, hidden)):
        return HIDDEN
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _holds(name: str, hidden: frozenset[str]) -> bool:
    return any(field.startswith((f"{name}.", f"{name}[")) for field in hidden)
