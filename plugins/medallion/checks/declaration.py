"""What a spec says of one check: `- not_null: {column: id, on_failure: warn}`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from medallion.model import SpecModel


class OnFailure(StrEnum):
    """What a failing check does: stop the run, quarantine the failing rows, or only warn."""

    FAIL = "fail"
    QUARANTINE = "quarantine"
    WARN = "warn"


_OWN_KEYS = ("on_failure", "description", "whole")
"""What no expectation takes: the rest are its arguments."""


class CheckSpec(SpecModel):
    """One check: an alias or a GX expectation type, its arguments, and what its failure does."""

    name: str
    """`not_null`, `unique`, `accepted_values`, … or any `expect_…` of GX core."""
    arguments: Mapping[str, Any] = {}
    """The expectation's own arguments, `mostly` among them."""
    on_failure: OnFailure = Field(default=OnFailure.FAIL, strict=False)
    description: str = ""
    """Why the check is there, shown when it fails."""
    whole: bool = False
    """Of an incremental gold table: the check asks of the whole table as it would be, and not of
    the rows that the run brings."""

    @model_validator(mode="before")
    @classmethod
    def _from_one_key(cls, value: object) -> object:
        if not isinstance(value, Mapping) or "name" in value:
            return value
        if len(value) != 1:
            raise ValueError("a check is one name with its arguments: `- not_null: {column: id}`")
        ((name, body),) = value.items()
        arguments = dict(body or {}) if isinstance(body, Mapping | None) else body
        if not isinstance(arguments, dict):
            raise ValueError(f"the arguments of {name} are a mapping: `- {name}: {{column: id}}`")
        own = {key: arguments.pop(key) for key in _OWN_KEYS if key in arguments}
        return {"name": name, "arguments": arguments, **own}
