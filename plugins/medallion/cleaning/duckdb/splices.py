"""Changes to an author's text by offset: every other character stays as it was written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A part of the text that is another one now; offsets in bytes of UTF-8."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A part of the text with something before and behind it; what is in it may change too."""

    start: int
    end: int
    before: str
    after: str


def splice(text: str, changes: Iterable[Replaced | Wrapped]) -> str:
    """The text with its changes. Parts lie within one another or apart; one that is named twice is
    changed once.

    >>> product = Wrapped(start=0, end=5, before="f(", after=")")
    >>> splice("a * b > 1", [product, Replaced(start=4, end=5, text="c")])
    'f(a * c) > 1'
    """
    said, made, at = text.encode(), bytearray(), 0
    for place, text_in, to in _insertions(set(changes)):
        made += said[at:place] + text_in.encode()
        at = to
    return (made + said[at:]).decode()


def _insertions(changes: Iterable[Replaced | Wrapped]) -> list[tuple[int, str, int]]:
    """What to insert where, in order, and where the author's text continues behind it.

    At one place the inner part ends before the outer one, and begins after it.
    """
    found: list[tuple[tuple[int, ...], int, str, int]] = []
    for change in changes:
        start, end = change.start, change.end
        if isinstance(change, Replaced):
            found.append(((start, 2, 0), start, change.text, end))
        else:
            found.append(((start, 1, -end), start, change.before, start))
            found.append(((end, 0, -start), end, change.after, end))
    return [(place, text, to) for _, place, text, to in sorted(found)]
