"""Every source type, in one tuple: a new type is a folder and a name here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union, get_args

from pydantic import Field

from medallion.sources.base.source import SourceModel
from medallion.sources.database.source import DatabaseSource
from medallion.sources.file.source import FileSource
from medallion.sources.rest.source import RestSource
from medallion.sources.tmdb.source import TmdbSource

SOURCE_TYPES: tuple[type[SourceModel], ...] = (DatabaseSource, FileSource, RestSource, TmdbSource)

if TYPE_CHECKING:
    Source = SourceModel
else:
    Source = Annotated[Union[SOURCE_TYPES], Field(discriminator="type")]  # noqa: UP007


def type_words() -> list[str]:
    """The values of `type` that there are.

    >>> type_words()
    ['database', 'file', 'rest', 'tmdb']
    """
    return [get_args(model.model_fields["type"].annotation)[0] for model in SOURCE_TYPES]
