"""When a spec says that it runs: cron expressions on the clock of a zone."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

MOST_CRONS = 20
LONGEST_CRON = 100


def _as_list(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise PydanticCustomError("text_or_list_type", "not a text and not a list")
    return [value] if isinstance(value, str) else value


_CRON = {"type": "string", "maxLength": LONGEST_CRON}
Crons = Annotated[
    tuple[Annotated[str, Field(max_length=LONGEST_CRON)], ...],
    Field(strict=False, min_length=1, max_length=MOST_CRONS),
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                _CRON,
                {"type": "array", "items": _CRON, "minItems": 1, "maxItems": MOST_CRONS},
            ]
        }
    ),
]
"""One expression, or a list of them."""
