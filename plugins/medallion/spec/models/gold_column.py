"""What a spec says about one column of a gold table."""

from __future__ import annotations

from pydantic import model_validator

from medallion.cleaning.declared.columns import Unit
from medallion.model import SpecModel


class GoldColumnSpec(SpecModel):
    """One column that the SELECT returns: a text describes it, or a description with more."""

    description: str = ""
    """What the column holds; kept as its comment in the warehouse."""
    unit: Unit = ""
    """What its numbers count: `EUR`, `kg`, `%`."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`total: What was taken.`"""
        return {"description": value} if isinstance(value, str) else value
