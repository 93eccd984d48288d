"""Where else a table is published: as a table of a lake."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from medallion.model import OneOf, SpecModel
from medallion.names import ColumnName
from medallion.publish.lake_formats import LAKE_FORMATS
from medallion.spec.models.keeping import Days

SCHEMES = ("abfs", "abfss", "s3", "file")
"""Of locations that a table may be published to."""


class LakeTableSpec(SpecModel):
    """The published table once more, as a table of a lake."""

    format: Annotated[str, OneOf(LAKE_FORMATS)]
    """What the table is in the lake: `delta`, or `iceberg`, which the catalogue `medallion` in the
    warehouse's schema `medallion_lake` has by the table's public name."""
    location: str = Field(min_length=1, max_length=1000)
    """The table's folder: `abfs://CONN_ID@container/…`, `s3://CONN_ID@bucket/…`, or
    `file:///folder/…`. Operators say in specs/access.yaml which folders a domain may have."""
    retention: Days = "7d"
    """How long files of former versions stay for whoever still reads them; `medallion.maintenance`
    deletes older ones."""
    in_clear: Annotated[tuple[ColumnName, ...], Field(strict=False, max_length=500)] = ()
    """The columns with personal data in clear that are published too. Files of a lake have no
    roles: whoever may read the folder reads all of them."""


PublishTo = Annotated[tuple[LakeTableSpec, ...], Field(strict=False, max_length=5)]
