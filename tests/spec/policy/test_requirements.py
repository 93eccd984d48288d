"""Every requirement has its case among the broken projects, and says what it requires."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.spec.load.policy_file import load_policy, today
from medallion.spec.policy.requirements import REQUIREMENTS

PROJECT = Path(__file__).parents[1] / "broken_projects" / "policy"


@pytest.mark.parametrize("word", REQUIREMENTS)
def test_every_requirement_has_its_case(word: str) -> None:
    rules = load_policy(PROJECT, today()).spec.rules
    (rule,) = [key for key, said in rules.items() if said.require and said.require.name == word]
    assert f"[policy/{rule}]" in PROJECT.with_suffix(".txt").read_text(encoding="utf-8")
    assert REQUIREMENTS[word].doc
