"""Sets of characters in regular expressions: the same characters in every engine.

Engines know the same names of sets (`\\w`, `[[:alpha:]]`) and mean other characters by them, after
their own tables or the database's locale. Here a set is its ranges, and is written as such.
"""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]
"""The first and the last character, by number."""
Ranges = tuple[Range, ...]

LAST = 0x10FFFF
_NO_CHARACTERS = ((0xD800, 0xDFFF),)
_WIDEST_FOLDED = 1000

_DIGITS: Ranges = ((0x30, 0x39),)
_UPPER: Ranges = ((0x41, 0x5A),)
_LOWER: Ranges = ((0x61, 0x7A),)
_SPACES: Ranges = ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20))

ESCAPES: dict[str, Ranges] = {
    "d": _DIGITS,
    "w": (*_DIGITS, *_UPPER, (0x5F, 0x5F), *_LOWER),
    "s": _SPACES,
}
"""What `\\d`, `\\w` and `\\s` mean: ASCII. In capitals they are everything else."""

CLASSES: dict[str, Ranges] = {
    "alpha": (*_UPPER, *_LOWER),
    "digit": _DIGITS,
    "alnum": (*_DIGITS, *_UPPER, *_LOWER),
    "upper": _UPPER,
    "lower": _LOWER,
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": (*_SPACES, (0x0B, 0x0B)),
    "blank": ((0x09, 0x09), (0x20, 0x20)),
    "xdigit": (*_DIGITS, (0x41, 0x46), (0x61, 0x66)),
    "word": ESCAPES["w"],
    "cntrl": ((0x01, 0x1F), (0x7F, 0x7F)),
    "print": ((0x20, 0x7E),),
    "graph": ((0x21, 0x7E),),
    "ascii": ((0x01, 0x7F),),
}
"""What `[:alpha:]` and the others mean within a bracket: ASCII too."""

_KIN = {
    "k": "\u212a",
    "s": "\u017f",
    "\xe5": "\u212b",
    "\xdf": "\u1e9e",
    "\u03c9": "\u2126",
    "\u03bc": "\xb5",
}
"""Letters that are the same in another case, besides their own capital: the signs for kelvin,
angstrom, ohm and micro, the long s, the capital sharp s.
"""

_SPELT = {"\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r"}
_SPECIAL = frozenset(r".^$*+?()[]{}|\\")
_SPECIAL_IN_BRACKETS = frozenset(r"]\\^-[")


def merge_ranges(ranges: Iterable[Range]) -> Ranges:
    """The same characters as sorted ranges that neither touch nor overlap.

    >>> merge_ranges([(5, 9), (1, 4), (7, 12)])
    ((1, 12),)
    """
    found: list[Range] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def others(ranges: Iterable[Range]) -> Ranges:
    """The complement, from character 1 (PostgreSQL's text has no character 0) and without
    surrogates."""
    found: list[Range] = []
    start = 1
    for low, high in merge_ranges((*ranges, *_NO_CHARACTERS)):
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    return (*found, (start, LAST)) if start <= LAST else tuple(found)


def in_any_case(ranges: Iterable[Range]) -> Ranges:
    """The characters with their capitals and small letters, where those are one character each.

    Raises:
        ValueError: a range has more than 1,000 characters; its capitals would have to be listed.
    """
    found: list[Range] = []
    for low, high in ranges:
        if high - low > _WIDEST_FOLDED:
            raise ValueError("a range as wide as this one")
        found.append((low, high))
        for number in range(low, high + 1):
            small = chr(number).lower()
            variants = (chr(number).upper(), small, small.upper(), _KIN.get(small, small))
            found += [(ord(one), ord(one)) for one in variants if len(one) == 1]
    return merge_ranges(found)


def literal(character: str) -> str:
    """A pattern that matches this character alone, in RE2 and in PostgreSQL.

    >>> literal("a"), literal("."), literal("é")
    ('a', '\\\\.', 'é')
    """
    if character in _SPELT:
        return _SPELT[character]
    return f"\\{character}" if character in _SPECIAL else character


def bracket(ranges: Iterable[Range], *, negated: bool = False) -> str:
    """A set as a bracket expression of ranges, without class names: `[0-9A-F]`."""
    parts = []
    for low, high in merge_ranges(ranges):
        first, last = _in_bracket(low), _in_bracket(high)
        parts.append(first if low == high else f"{first}-{last}")
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _in_bracket(number: int) -> str:
    character = chr(number)
    if character in _SPELT:
        return _SPELT[character]
    return f"\\{character}" if character in _SPECIAL_IN_BRACKETS else character
