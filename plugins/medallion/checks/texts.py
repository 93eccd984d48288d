"""Which checks compare the texts of a landing, whatever type pandas infers for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from medallion.checks.catalogue import expectation_of


def sees_texts(expectation: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a check compares texts: by its kind, or because its `value_set` holds only texts and
    dates."""
    entry = expectation_of(expectation)
    if entry and entry.traits.as_texts:
        return True
    values = arguments.get("value_set") or ()
    return bool(values) and all(isinstance(value, str | date) for value in values)
