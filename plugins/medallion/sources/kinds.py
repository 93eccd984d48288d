"""Every source type, in one visible tuple: adding a type adds its file and a line here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from medallion.sources.delimited import FileSource
from medallion.sources.tmdb import TmdbSource

SOURCE_TYPES = (FileSource, TmdbSource)

Source = Annotated[FileSource | TmdbSource, Field(discriminator="type")]
