"""Every source type: the model in each folder's `source.py`. A new type is a folder, and no line
here."""

from __future__ import annotations

import importlib
import importlib.util
import json
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Literal, Union, get_args, get_origin

from pydantic import Field

from medallion import sources
from medallion.sources.base.source import SourceModel
from medallion.sources.database.base import FromDatabase


def _source_modules() -> Iterator[ModuleType]:
    """`<folder>/source.py` of each folder that has one, by the folders' names."""
    for folder in pkgutil.iter_modules(sources.__path__, f"{sources.__name__}."):
        name = f"{folder.name}.source"
        if folder.ispkg and importlib.util.find_spec(name):
            yield importlib.import_module(name)


def _types_of(module: ModuleType) -> Iterator[type[SourceModel]]:
    """The models that a module defines with `type` as a Literal."""
    for value in vars(module).values():
        if not (isinstance(value, type) and issubclass(value, SourceModel)):
            continue
        is_type = get_origin(value.model_fields["type"].annotation) is Literal
        if is_type and value.__module__ == module.__name__:
            yield value


SOURCE_TYPES: tuple[type[SourceModel], ...] = tuple(
    model for module in _source_modules() for model in _types_of(module)
)

TABLE_TYPES: Mapping[str, type[FromDatabase]] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in SOURCE_TYPES
    if issubclass(model, FromDatabase)
}
"""Those that read tables of a database, by their word."""


if TYPE_CHECKING:
    Source = SourceModel
else:
    Source = Annotated[Union[SOURCE_TYPES], Field(discriminator="type")]  # noqa: UP007


def type_words() -> list[str]:
    """The values of `type` that there are.

    >>> type_words()
    ['airbyte', 'database', 'delta', 'dlt', 'file', 'fivetran', 'iceberg', 'kafka', 'rest', 'tmdb']
    """
    return [get_args(model.model_fields["type"].annotation)[0] for model in SOURCE_TYPES]


def read_source(said: Mapping[str, object]) -> SourceModel:
    """A source of what `model_dump(mode="json")` has made of it.

    >>> read_source({"type": "kafka", "conn_id": "broker", "topic": "t"}).reads_stream()
    't'
    """
    (model,) = (
        one for one in SOURCE_TYPES if said["type"] in get_args(one.model_fields["type"].annotation)
    )
    return model.model_validate_json(json.dumps(said))
