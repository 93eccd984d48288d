"""A delimited text file (CSV and its kin) of the project's own folder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import StringConstraints

from medallion.sources.base import SourceModel

OneCharacter = Annotated[str, StringConstraints(min_length=1, max_length=1)]


class FileSource(SourceModel):
    """A file below the project's root."""

    type: Literal["file"]
    format: Literal["csv"] = "csv"
    path: str
    """Relative to the project's root; it cannot leave it."""
    delimiter: OneCharacter | None = None
    """Detected where it is not given."""
    quote: OneCharacter | None = None
    encoding: str | None = None
    """utf-8 (with or without BOM), latin-1, windows-1252 …; detected where it is not given."""

    def paths(self) -> Iterable[tuple[str, str]]:
        return (("path", self.path),)
