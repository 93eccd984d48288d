"""Which encoding of one byte a character a text is in, by what it would say in each.

Bytes beyond ASCII are letters within words, mostly: one that is a letter of the right case in one
encoding is a box-drawing sign or a capital amid small letters in another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CANDIDATES = ("cp1252", "cp850", "mac-roman", "iso8859-15")
"""The likeliest first: it is taken where none is clearly better than the others."""
_EURO = "iso8859-15"

_COMMON = {
    **dict.fromkeys("éèàçêüöäßñóáíúãô", 1.0),
    **dict.fromkeys("âîûùëïœõåøæ", 0.7),
    **dict.fromkeys("ìòšžý", 0.3),
}
_RARE = 0.1
_WRONG = -1.0
_QUOTES = "«»“”„‘’–—…•·§©®\xa0"
_AFTER_NUMBERS = "€£°ºª²³%½"
_GOOD = 0.6
"""What each character has to be worth for a guess to be certain."""
_APART = 0.35
_FEWEST = 2
"""Letters beside others that a certain guess rests on."""
"""By how much the best has to be better than the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The best encoding for some words, and whether it is certain."""

    encoding: str
    certain: bool
    words: tuple[str, ...]
    """Two of the words as they are read in it."""


def guess(words: Iterable[bytes]) -> Guess:
    """The encoding in which words are words.

    >>> guess(["Préférence".encode("cp850"), "garçon".encode("cp850")])
    Guess(encoding='cp850', certain=True, words=('Préférence', 'garçon'))

    Args:
        words: with bytes beyond ASCII in them, and what stands on either side of each.
    """
    found = list(dict.fromkeys(words))
    worth = {encoding: _worth(found, encoding) for encoding in CANDIDATES}
    best = max(CANDIDATES, key=lambda encoding: worth[encoding])
    enough = _evidence(found, best) >= _FEWEST
    rivals = [one for one in CANDIDATES if _differ(found, one, best)]
    if best == _EURO:  # it differs from the usual one in a few signs only: any of them decides
        enough, rivals = True, [one for one in rivals if one != CANDIDATES[0]]
    apart = all(worth[best] - worth[rival] >= _APART for rival in rivals)
    certain = enough and apart and worth[best] >= _GOOD
    best = best if certain else CANDIDATES[0]
    shown = [word.decode(best, "replace").strip(_AROUND) for word in found]
    longest = sorted(shown, key=lambda word: -min(len(word), 12))[:2]
    return Guess(encoding=best, certain=certain, words=tuple(longest))


_AROUND = " \t\r\n,;|\"'()[]{}.:!?0123456789"


def _differ(words: Iterable[bytes], one: str, other: str) -> bool:
    return any(word.decode(one, "replace") != word.decode(other, "replace") for word in words)


def _worth(words: Iterable[bytes], encoding: str) -> float:
    """The mean worth of the characters beyond ASCII."""
    found = []
    for word in words:
        text = f" {word.decode(encoding, 'replace')} "
        found += [_fits(text, at) for at in range(1, len(text) - 1) if text[at] > "\x7f"]
    return sum(found) / len(found) if found else 0.0


def _fits(text: str, at: int) -> float:
    """Whether a character is where one would write it: from -1 to 1."""
    before, character, after = text[at - 1], text[at], text[at + 1]
    within = before.isalpha() and after.isalpha()
    if character.isalpha() and character not in "ºªµ":
        if not _right_case(before, character, after):
            return _WRONG
        worth = _COMMON.get(character.lower(), _RARE)
        # Two of them side by side are rare in all languages that these encodings are for.
        return min(worth, 0.2) if _is_beyond(before) or _is_beyond(after) else worth
    if within:
        return 0.8 if character in "’·" else _WRONG
    if character in _AFTER_NUMBERS:
        return 0.8 if before.isdigit() or after.isdigit() or before == " " else 0.2
    return 0.4 if character in _QUOTES else _WRONG


def _is_beyond(character: str) -> bool:
    return character > "\x7f" and character.isalpha()


def _evidence(words: Iterable[bytes], encoding: str) -> int:
    """How many letters beyond ASCII stand beside one of ASCII."""
    number = 0
    for word in words:
        text = f" {word.decode(encoding, 'replace')} "
        for at in range(1, len(text) - 1):
            beside = (text[at - 1] + text[at + 1]).encode("ascii", "ignore").decode()
            number += _is_beyond(text[at]) and any(map(str.isalpha, beside))
    return number


def _right_case(before: str, letter: str, after: str) -> bool:
    """Whether a letter may be a capital, or small, beside these."""
    if letter.isupper():
        if before.isalpha():
            return before.isupper() and not after.islower()
        return True
    return not (before.isupper() and after.isupper()) or letter == "ß"
