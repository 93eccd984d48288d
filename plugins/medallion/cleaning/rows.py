"""What a spec says of a dataset's rows: which of several with one key stays."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from medallion.model import SpecModel

ORDER_PATTERN = r"^[a-z][a-z0-9_]{0,62}( (asc|desc))?$"

Order = Annotated[str, StringConstraints(pattern=ORDER_PATTERN)]
"""A column, and whether it falls: `updated_at desc`."""


class DeduplicateSpec(SpecModel):
    """Which of several rows with one primary key stays."""

    order_by: tuple[Order, ...] = Field(min_length=1, strict=False)
    """The row that comes first in this order stays: `[updated_at desc, version desc]`. A row
    without a value comes last; of rows that are alike in it, the last one read stays."""

    @property
    def terms(self) -> tuple[tuple[str, bool], ...]:
        """Each column, and whether its highest value comes first."""
        return tuple((text.partition(" ")[0], text.endswith(" desc")) for text in self.order_by)
