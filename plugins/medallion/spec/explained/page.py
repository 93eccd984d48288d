"""docs/rules.md: every code with what it means and an example.

`python -m medallion.spec.explained.page` writes it; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator

from medallion.roots import PROJECT_ROOT
from medallion.spec.explained.codes import WHAT_TO_DO, meanings
from medallion.spec.explained.examples import Example, examples

_HEAD = """\
# What the codes in messages mean

Each message of `validate` ends with a code in brackets. It is the name of a rule, and stays the
same when the message's words change. `python -m medallion.cli explain CODE` shows what stands here
of one; `policy/…` are rules of [specs/policy.yaml](policy.md), which it explains too.

The examples are excerpts: the lines that matter, with the keys above them. Where no line of a
spec is wrong, it says what to do instead.

<!-- Made from the rules by `python -m medallion.spec.explained.page`: not edited here. -->
"""


def page() -> str:
    """docs/rules.md: an index of all codes, and what each means with examples."""
    index = " · ".join(f"[{code}](#{code})" for code in meanings())
    return "\n".join((_HEAD, index, "", *_sections()))


def _sections() -> Iterator[str]:
    for code, meaning in meanings().items():
        yield f"## {code}\n\n{meaning}\n"
        if code in examples():
            yield from _example(examples()[code])
        if code in WHAT_TO_DO:
            yield f"What to do: {WHAT_TO_DO[code]}\n"


def _example(one: Example) -> Iterator[str]:
    said = f"{one.problem}\n→ {one.remedy}" if one.remedy else one.problem
    yield f"Wrong:\n\n```{one.language}\n{one.wrong}\n```\n\n```text\n{said}\n```\n"
    yield f"Right:\n\n```{one.language}\n{one.right}\n```\n"


if __name__ == "__main__":
    place = PROJECT_ROOT / "docs" / "rules.md"
    place.write_text(page(), encoding="utf-8")
