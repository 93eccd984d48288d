"""The base classes of everything in a YAML spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema


class SpecModel(BaseModel):
    """A strict and frozen model: unknown keys are refused, and no value is converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, eq=False)
class OneOf:
    """Marks a text that is a key of a table: `Annotated[str, OneOf(TABLE)]`.

    The table is looked up when a value is validated: who adds to it changes nothing here.
    """

    table: Mapping[str, object]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._check_known)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"enum": list(self.table), "type": "string"}

    def _check_known(self, value: object) -> str:
        if isinstance(value, str) and value in self.table:
            return value
        *first, last = map(repr, self.table)
        expected = f"{', '.join(first)} or {last}" if first else last
        raise PydanticKnownError("literal_error", {"expected": expected})
