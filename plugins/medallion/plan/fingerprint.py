"""What a published table is made by, as a short text: equal texts, equal rows of equal inputs.

A spec's digest changes with each of its bytes. A fingerprint is of one table, and only of what its
rows depend on: descriptions, grants and schedules are not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from pydantic import BaseModel

from medallion.checks.outcome import PlannedCheck
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.plan.model import (
    BuildStep,
    CleanStep,
    CustomStep,
    GateStep,
    LakeTableStep,
    LandStep,
    PlannedTask,
    PublishStep,
    Step,
)
from medallion.publish.disposition import WriteDisposition
from medallion.publish.window import Increment

_WORDS_ALONE: Mapping[type, frozenset[str]] = {
    ColumnSpec: frozenset(("description", "unit")),
    PlannedCheck: frozenset(("description", "written", "name")),
    CustomStep: frozenset(("path",)),
    Increment: frozenset(("reads_back",)),
}
"""Fields that change no row."""


_PLAIN = frozenset((str, int, float, bool, type(None)))


def with_fingerprints(tasks: Iterable[PlannedTask]) -> tuple[PlannedTask, ...]:
    """The tasks of a plan, whose publications know what their tables are made by."""
    tasks = tuple(tasks)
    by_group: dict[str, list[Step]] = {}
    for task in tasks:
        by_group.setdefault(task.group, []).append(task.step)
    return tuple(
        replace(task, step=_with_fingerprint(task.step, by_group[task.group]))
        if isinstance(task.step, PublishStep)
        else task
        for task in tasks
    )


def _with_fingerprint(publish: PublishStep, steps: Sequence[Step]) -> PublishStep:
    lands = [step for step in steps if isinstance(step, LandStep)]
    return replace(
        publish,
        fingerprint=_digest(
            [_rows_depend_on(step) for step in steps if not isinstance(step, LakeTableStep)]
        ),
        source_fingerprint=_digest([_plain(step.source) for step in lands]) if lands else "",
    )


def _rows_depend_on(step: Step) -> list[Any]:
    """What of a step decides which rows readers get."""
    parts: tuple[Any, ...]
    if isinstance(step, LandStep):
        parts = (step.source,)
    elif isinstance(step, GateStep):
        parts = (step.layer, step.checks, step.schema_contract)
    elif isinstance(step, CleanStep):
        parts = (
            *(step.columns, step.primary_key, step.lookups, step.row_filter, step.order_by),
            *(step.schema_contract, step.unpivot, step.custom, step.engine, step.pii_conn_id),
        )
    elif isinstance(step, BuildStep):
        parts = (step.sql, step.primary_key, step.increment)
    elif isinstance(step, LakeTableStep):
        parts = ()
    else:
        parts = (step.write_disposition, step.primary_key, step.missing_keys)
        # Only where there is one: the fingerprints of other tables stay as they were published.
        parts += (step.deleted_when,) if step.deleted_when is not None else ()
    return [type(step).__name__, *map(_plain, parts)]


def _plain(value: Any) -> Any:
    """A value as JSON has it, the same in every process: sets in order, mappings in theirs."""
    # Hot: most values are plain, and to ask for the kinds takes longer.
    return value if type(value) in _PLAIN else _plain_parts(value)


def _plain_parts(value: Any) -> Any:
    kind: type = type(value)
    return _reader_of(kind)(value)


@cache
def _reader_of(kind: type) -> Callable[[Any], Any]:
    """What makes JSON's values of the objects of a class: to ask for the kinds of each takes longer
    than to read it."""
    # Asked of the class once: a model's looks through its private attributes first.
    beside: frozenset[str] = getattr(kind, "beside_rows", frozenset())
    left_out = _WORDS_ALONE.get(kind, beside)
    if issubclass(kind, BaseModel):
        return lambda value: _fields(value, sorted(value.model_fields_set - left_out))
    if is_dataclass(kind) and not issubclass(kind, WriteDisposition):
        names = tuple(one.name for one in fields(kind) if one.name not in left_out)
        return lambda value: _fields(value, names)
    if issubclass(kind, Mapping):
        return lambda value: [[str(key), _plain(one)] for key, one in value.items()]
    if issubclass(kind, set | frozenset):
        return lambda value: sorted(map(str, value))
    if issubclass(kind, tuple | list):
        return lambda value: [_plain(one) for one in value]
    return (lambda value: value) if issubclass(kind, int | float) else str


def _fields(value: object, names: Iterable[str]) -> list[Any]:
    return [type(value).__name__, *([name, _plain(getattr(value, name))] for name in names)]


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
