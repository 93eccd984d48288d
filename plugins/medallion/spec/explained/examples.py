"""A wrong and a right example for each code, as the tests have made them of their golden files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("examples.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What breaks a rule, the message, and what keeps the rule.

    Attributes:
        language: of both texts: `yaml` or `sql`.
        wrong: the lines that matter, of a spec or of a SELECT.
        problem: of the first message.
        remedy: of the same.
        right: the same place of a valid spec.
    """

    language: str
    wrong: str
    problem: str
    remedy: str
    right: str


@cache
def examples() -> Mapping[str, Example]:
    """By code; a few codes have none."""
    return {
        code: Example(**said) for code, said in json.loads(FILE.read_text(encoding="utf-8")).items()
    }


def render(found: Mapping[str, Example]) -> str:
    """The text of the file that keeps them."""
    kept = {code: asdict(one) for code, one in sorted(found.items())}
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
