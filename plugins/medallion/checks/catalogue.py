"""GX core's expectations as a spec's checks are held against: loaded once, without importing GX."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROW_KINDS = frozenset({"rows", "pair_rows", "multicolumn_rows"})
"""Kinds that say of each row whether it passes: they know `mostly`, and failing rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation type: what it looks at, its arguments' types, and where it can run."""

    kind: str
    summary: str
    engines: tuple[str, ...]
    required: tuple[str, ...]
    arguments: Mapping[str, str]

    @property
    def looks_at_rows(self) -> bool:
        """Whether it says of each row whether it passes."""
        return self.kind in ROW_KINDS


@cache
def expectations() -> Mapping[str, Expectation]:
    """Every expectation of GX core by its type (`expect_…`)."""
    text = Path(__file__).with_name("expectations.json").read_text(encoding="utf-8")
    return {
        name: Expectation(
            kind=entry["kind"],
            summary=entry["summary"],
            engines=tuple(entry["engines"]),
            required=tuple(entry["required"]),
            arguments=entry["arguments"],
        )
        for name, entry in json.loads(text).items()
    }
