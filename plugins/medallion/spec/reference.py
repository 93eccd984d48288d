"""The reference of all keys and rules, generated from the models: the second half of docs/spec.md.

`python -m medallion.spec.reference` writes it; a test compares.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from medallion.model import OneOf, SpecModel
from medallion.publish.disposition import WriteDisposition, words
from medallion.roots import PROJECT_ROOT
from medallion.spec.files.access import AccessSpec
from medallion.spec.messages.descriptions import describe_field
from medallion.spec.messages.model_walk import Model, is_model, models_below
from medallion.spec.models.calendar import OwnCalendarSpec
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec
from medallion.spec.models.policy import PolicySpec
from medallion.spec.policy.requirements import REQUIREMENTS
from medallion.spec.rules import RULES
from medallion.spec.rules.across import ACROSS
from medallion.spec.rules.context import rule_id

MARKER = "<!-- Made from the models by `python -m medallion.spec.reference`: not edited here. -->"


def reference() -> str:
    """Every key of every model, and every rule, as Markdown."""
    sections = ["## Keys", *_models(), *_requirements(), "## Rules", *_rules()]
    return "\n\n".join(sections) + "\n"


def with_reference(page: str) -> str:
    """The page with the generated part after its marker replaced."""
    return f"{page.partition(MARKER)[0]}{MARKER}\n\n{reference()}"


def _models() -> Iterator[str]:
    todo: list[tuple[str, Model]] = [
        ("The pipeline", PipelineSpec),
        ("domain.yaml", DomainSpec),
        ("specs/access.yaml", AccessSpec),
        ("specs/policy.yaml", PolicySpec),
        ("include/calendars/<name>.yaml", OwnCalendarSpec),
    ]
    done: set[Model] = set()
    while todo:
        title, model = todo.pop(0)
        if model in done or model.__name__ in ("CheckSpec", "RequireSpec", "PartOfSilver"):
            continue
        done.add(model)
        yield _section(title, model)
        todo[:0] = [(_title(key, below), below) for key, below in models_below(model)]


def _title(key: str, model: Model) -> str:
    kind = model.model_fields.get("type")
    if kind is not None and get_origin(kind.annotation) is Literal:
        return f"`{key}`, type {get_args(kind.annotation)[0]}"
    return f"`{key}`"


def _section(title: str, model: Model) -> str:
    rows = ["| key | what is written | default | description |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        text = describe_field(model, name)
        cells = (f"`{field.alias or name}`", _write_words(field), _default(field), text)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return f"### {title}\n\n{inspect.getdoc(model)}\n\n" + "\n".join(rows)


def _write_words(field: FieldInfo) -> str:
    found = [
        word for one_of in field.metadata if isinstance(one_of, OneOf) for word in one_of.table
    ]
    return " or ".join(f"`{word}`" for word in found) or _kind(field.annotation)


def _kind(annotation: Any) -> str:
    """What an author writes for a value of this type."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) is tuple:
        return f"list of {_kind(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        return f"mapping of names to {_kind(get_args(annotation)[1])}"
    if get_origin(annotation) in (Union, UnionType):
        parts = [part for part in get_args(annotation) if part is not NoneType]
        return " or ".join(dict.fromkeys(_kind(part) for part in parts))
    return _word(annotation)


def _word(kind: Any) -> str:
    scalars = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
    if get_origin(kind) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " or ".join(f"`{value}`" for value in kind)
    if kind is WriteDisposition:
        return " or ".join(f"`{value}`" for value in words())
    if getattr(kind, "__name__", "") == "CheckSpec":
        return "checks"
    if is_model(kind):
        return "mapping"
    name = getattr(kind, "__name__", str(kind))
    return {**scalars, "date": "date", "datetime": "time"}.get(name, name)


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "**needed**"
    if value is None or isinstance(value, SpecModel) or value in ("", (), {}):
        return ""
    if isinstance(value, tuple):
        return f"`[{', '.join(repr(part) for part in value)}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _requirements() -> Iterator[str]:
    """What a policy's `require` may be, each with its arguments."""
    rows = ["| word | what it requires | arguments |", "|---|---|---|"]
    for name, model in REQUIREMENTS.items():
        arguments = [
            f"`{field}`{' (needed)' if info.is_required() else ''}: {describe_field(model, field)}"
            for field, info in model.model_fields.items()
        ]
        cells = (f"`{name}`", model.doc, " ".join(arguments))
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    yield "### `require`\n\nWhat a rule of the policy may require.\n\n" + "\n".join(rows)


def _rules() -> Iterator[str]:
    rules: list[Callable[..., object]] = [*RULES, *ACROSS]
    rows = [f"| `{rule_id(rule)}` | {' '.join((rule.__doc__ or '').split())} |" for rule in rules]
    yield "\n".join(["| id | what a spec is held to |", "|---|---|", *rows])


if __name__ == "__main__":
    page = PROJECT_ROOT / "docs" / "spec.md"
    page.write_text(with_reference(page.read_text(encoding="utf-8")), encoding="utf-8")
