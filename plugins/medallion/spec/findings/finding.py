"""A problem found by a model or a rule, before its place in the file is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from medallion.closest import closest
from medallion.spec.findings.positions import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem with its key path, before it has a line.

    `on_key` points at the key instead of its value. `file` is another file than the spec (a SQL
    file, relative to the root), in which `line` and `column` are already known.
    """

    where: KeyPath = ()
    problem: str
    rule: str = ""
    """Left out by the rules: their names are theirs."""
    remedy: str = ""
    on_key: bool = False
    file: str = ""
    line: int = 0
    column: int = 0


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` where a known word is close, the known words where there are few.

    >>> did_you_mean("schedul", ["schedule", "owner"])
    'did you mean schedule?'
    """
    words = sorted(set(known))
    close = closest(word.lower(), words, cutoff=0.65)
    if close:
        return f"did you mean {close}?"
    if not words:
        return ""
    listed = ", ".join(words[:15]) + (", …" if len(words) > 15 else "")
    return f"known here: {listed}"
