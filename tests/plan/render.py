"""A plan as text, for golden files: one line a task, and what it runs below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

from pydantic import BaseModel

from medallion.names import PublishedTable, TableName
from medallion.plan.model import Plan


def render(plan: Plan) -> str:
    """The whole plan. Digests are left out: they change with every byte."""
    lines = [f"{plan.dag_id}  ({plan.spec_path})", ""]
    lines += [f"{f.name}: {_value(getattr(plan.settings, f.name))}" for f in fields(plan.settings)]
    for task in plan.tasks:
        after = f"  after {', '.join(task.upstream)}" if task.upstream else ""
        lines += ["", f"{task.task_id}  {type(task.step).__name__}{after}"]
        lines += [f"    {line}" for line in _fields(task.step)]
    return "\n".join(lines) + "\n"


def _fields(step: object) -> Iterator[str]:
    assert is_dataclass(step)
    for declared in fields(step):
        value = getattr(step, declared.name)
        if declared.name.endswith("fingerprint"):
            continue
        if declared.name == "together":
            yield from (f"together: {one.table.public}" for one in value)
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            for item in value:
                yield f"{declared.name}: {_item(item)}"
        elif value not in ((), None, "", frozenset()):
            yield f"{declared.name}: {_value(value)}"


def _item(item: object) -> str:
    if isinstance(item, TableName):
        return str(item)
    assert is_dataclass(item)
    return ", ".join(
        f"{f.name}={_value(value)}"
        for f in fields(item)
        if (value := getattr(item, f.name)) not in ((), None, "", False)
    )


def _entries(value: Mapping[object, object] | frozenset[object]) -> list[str]:
    """A set has no order of its own."""
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return [f"{key}: {_value(item)}" for key, item in value.items()]


def _value(value: object) -> str:
    if isinstance(value, PublishedTable):
        return f"{value.layer} {value.domain}.{value.name}"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_defaults=True, by_alias=True)
    if isinstance(value, Mapping | frozenset):
        return "{" + ", ".join(_entries(value)) + "}"
    if isinstance(value, str) and "\n" in value:
        return " ".join(value.split())
    return str(value)
