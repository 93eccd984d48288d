"""What a spec says about a dataset's rows: which duplicate stays, and a function of the
author's."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from medallion.model import SpecModel
from medallion.names import ColumnName

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


FUNCTION_PATTERN = r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$"


class TransformSpec(SpecModel):
    """A function of include/python/ for what YAML cannot say: it takes a pandas DataFrame and
    returns one."""

    function: str = Field(pattern=FUNCTION_PATTERN)
    """The module below include/python/ and its function: `shop.scoring:add_score` is add_score of
    include/python/shop/scoring.py."""
    adds: tuple[ColumnName, ...] = Field(default=(), strict=False)
    """The columns that it adds: they are in `columns` with their types, and have no other
    source. The others it is given, and gives back."""
    max_rows: int | None = Field(default=None, ge=1, le=10_000_000)
    """Gives it all rows at once, and refuses more than these: they are held in memory. Left out, it
    is given some thousand rows at a time."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`transform: module:function`."""
        return {"function": value} if isinstance(value, str) else value

    @property
    def path(self) -> str:
        """The module's file, relative to include/python/."""
        return self.function.partition(":")[0].replace(".", "/") + ".py"

    @property
    def name(self) -> str:
        """The function's name in its module."""
        return self.function.partition(":")[2]
