"""Which model, and so which keys, belong to a place of a spec: for messages and the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from medallion.model import SpecModel

Model = type[BaseModel]


def keys_of(model: Model) -> dict[str, Any]:
    """A model's keys as YAML writes them, each with its annotation."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def model_at(root: Model, loc: tuple[str | int, ...]) -> Model | None:
    """The model that holds the last part of a pydantic location, or None.

    >>> from medallion.spec.models.pipeline import PipelineSpec
    >>> model_at(PipelineSpec, ("datasets", "movies", "silver", "primary_keys")).__name__
    'SilverSpec'
    """
    here: Any = root
    for part in loc[:-1]:
        here = _step(here, part)
        if here is None:
            return None
    return here if is_model(here) else None


def models_below(model: Model) -> Iterator[tuple[str, Model]]:
    """(key, model) for each model that a model's keys contain."""
    for key, annotation in keys_of(model).items():
        for inner in members(annotation):
            if is_model(inner):
                yield key, inner


def all_models(root: Model) -> set[Model]:
    """The model and each one that its fields lead to, through lists, mappings and unions. A model
    that contains itself is met once."""
    found: set[Model] = set()
    todo = [root]
    while todo:
        model = todo.pop()
        if model not in found:
            found.add(model)
            todo += [below for _, below in models_below(model)]
    return found


def members(annotation: Any) -> Iterator[Any]:
    """The parts of an annotation: of unions, lists and mappings' values, without their wrapping."""
    annotation = _bare(annotation)
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        for part in get_args(annotation):
            if part is not NoneType:
                yield from members(part)
    elif origin is tuple:
        yield from members(get_args(annotation)[0])
    elif origin in (dict, Mapping) and get_args(annotation):
        yield from members(get_args(annotation)[1])
    else:
        yield annotation


def _step(here: Any, part: str | int) -> Any:
    if is_model(here):
        return _narrow(keys_of(here).get(str(part)))
    origin = get_origin(here)
    if origin in (Union, UnionType):
        return next((m for m in members(here) if is_model(m) and tag_of(m) == part), None)
    if origin is tuple:
        return _narrow(get_args(here)[0])
    if origin in (dict, Mapping) and get_args(here):
        return _narrow(get_args(here)[1])
    return None


def _narrow(annotation: Any) -> Any:
    """Without Annotated, and without the None of an optional value."""
    bare = _bare(annotation)
    if get_origin(bare) in (Union, UnionType):
        rest = [part for part in get_args(bare) if part is not NoneType]
        return _bare(rest[0]) if len(rest) == 1 else bare
    return bare


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def is_model(thing: Any) -> bool:
    """Whether it is a SpecModel class."""
    return isinstance(thing, type) and issubclass(thing, SpecModel)


def tag_of(model: Model) -> str | None:
    """The value of `type` that selects this model in a union; None if it has no tag."""
    field = model.model_fields.get("type")
    if field is None or get_origin(field.annotation) is not Literal:
        return None
    return str(get_args(field.annotation)[0])
