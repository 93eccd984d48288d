"""Every source type, in one visible tuple: adding a type adds its file and a line here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from medallion.sources.database.source import DatabaseSource
from medallion.sources.file.source import FileSource
from medallion.sources.rest.source import RestSource
from medallion.sources.tmdb.source import TmdbSource

SOURCE_TYPES = (DatabaseSource, FileSource, RestSource, TmdbSource)

Source = Annotated[
    DatabaseSource | FileSource | RestSource | TmdbSource, Field(discriminator="type")
]
