"""The base of everything that a YAML spec is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SpecModel(BaseModel):
    """Strict, frozen, and without room for an unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
