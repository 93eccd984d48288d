"""Messages of a topic as a sample of records, and what is proposed of them as columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from medallion.records import MESSAGE
from medallion.workbench.inference.column_names import names_of
from medallion.workbench.inference.proposal import Proposal, ProposedColumn
from medallion.workbench.inference.sample import DataSample, choose_fields, keep_last_of

KEY, TIME = f"{MESSAGE}.key", f"{MESSAGE}.timestamp"
PLACE = (f"{MESSAGE}.partition", f"{MESSAGE}.offset")
HEADERS = f"{MESSAGE}.headers."
WHOLE_VALUE = f"{MESSAGE}.value"
NAMES: Mapping[str, str] = {
    KEY: "message_key", TIME: "message_at",
    PLACE[0]: "message_partition", PLACE[1]: "message_offset",
}  # fmt: skip
"""What columns are called whose field has a name that says little in a table."""
TYPES: Mapping[str, Mapping[str, Any]] = {
    TIME: {"type": "timestamptz"},
    PLACE[0]: {"type": "integer"},
    PLACE[1]: {"type": "bigint"},
}
"""Of fields whose values may become other ones than the first messages have."""
FLAG = "is_deleted"
OTHER_FLAG = "is_tombstone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """A sample that can be inferred from.

    Attributes:
        sample: with the fields that become columns.
        key: the columns of its key, as they are proposed.
        names: what these columns are called in place of that, by their fields.
        flag: the column that says of a message without a value that it deletes its key; empty: no
            message does.
    """

    sample: DataSample
    key: tuple[str, ...]
    names: Mapping[str, str]
    flag: str


def read_messages(landed: DataSample, *, has_states: bool) -> Messages:
    """What of a landing of messages becomes columns.

    Args:
        landed: the messages as a run lands them.
        has_states: a key's last message is its state; else each message is an event.
    """
    fields = [field.name for field in landed.fields]
    of_key = [name for name in fields if name == KEY or name.startswith(f"{KEY}.")]
    of_value = [
        name for name in fields if not name.startswith(f"{MESSAGE}.") or name == WHOLE_VALUE
    ]
    headers = [name for name in fields if name.startswith(HEADERS)]
    same = _find_same(landed, of_key, of_value)
    if has_states:
        of_value = [name for name in of_value if name not in same.values()]
        chosen = [*of_key, *of_value, *headers, TIME]
        key = of_key
    else:
        of_key = [name for name in of_key if name not in same]
        chosen = [*of_value, *of_key, *headers, TIME, *PLACE]
        same, key = {}, list(PLACE)
    sample = choose_fields(landed, [name for name in chosen if name in fields])
    if has_states:
        sample = keep_last_of(sample, key)
    names = dict(zip(*_name(sample), strict=True))
    renamed = _rename(names, same)
    free = FLAG not in {*names.values(), *renamed.values()}
    return Messages(
        sample=sample,
        key=tuple(names[field] for field in key),
        names=renamed,
        flag=(FLAG if free else OTHER_FLAG) if has_states else "",
    )


def settle(messages: Messages, proposal: Proposal) -> Proposal:
    """The proposal with the names of a stream's columns; where messages delete, with the column
    that says so, and with columns that a message without a value may leave empty."""
    columns = [_settle_column(messages, column) for column in proposal.columns]
    if messages.flag:
        columns.append(
            ProposedColumn(
                name=messages.flag,
                said={"from": f"{MESSAGE}.is_tombstone", "type": "boolean"},
                evidence="a message without a value: its key is deleted",
                guesses=(),
            )
        )
    renamed = messages.names
    return replace(
        proposal,
        columns=tuple(columns),
        primary_key=tuple(renamed.get(name, name) for name in proposal.primary_key),
        keys=(),
        checks=tuple(
            {kind: {**said, "column": renamed.get(said["column"], said["column"])}}
            for check in proposal.checks
            for kind, said in check.items()
        ),
        cursor=None,
    )


def _settle_column(messages: Messages, column: ProposedColumn) -> ProposedColumn:
    name = messages.names.get(column.name, column.name)
    field = column.said.get("from", column.name)
    said = {"from": field, **column.said} if name != field else dict(column.said)
    if name == field:
        said.pop("from", None)
    said |= TYPES.get(str(field), {})
    if messages.flag and not str(field).startswith((KEY, TIME)):
        said["nullable"] = True
    return replace(column, name=name, said=said)


def _find_same(landed: DataSample, keys: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    """Of the fields of the key those that a field of the value repeats in each message that has
    one."""
    found: dict[str, str] = {}
    frame = landed.frame
    for key in keys:
        for value in values:
            is_set = frame[value].notna()
            if is_set.any() and (frame[value][is_set] == frame[key][is_set]).all():
                is_better = key not in found or value == key.rpartition(".")[2]
                found |= {key: value} if is_better and value not in found.values() else {}
    return found


def _name(sample: DataSample) -> tuple[list[str], list[str]]:
    fields = [field.name for field in sample.fields]
    return fields, names_of(fields)


def _rename(names: Mapping[str, str], same: Mapping[str, str]) -> dict[str, str]:
    """By the name that a column would have the one that it gets, where it is free."""
    taken = set(names.values())
    return {
        names[field]: wanted
        for field, wanted in _wish(names, same)
        if wanted not in taken or wanted == names[field]
    }


def _wish(names: Mapping[str, str], same: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for field in names:
        if field in same:
            yield field, names_of([same[field]])[0]
        elif field in NAMES:
            yield field, NAMES[field]
