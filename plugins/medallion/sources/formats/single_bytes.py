"""Which encoding of one byte a character a text is in, by what it would say in each.

Bytes beyond ASCII are letters within words, mostly: one that is a letter of the right case in one
encoding is a box-drawing sign or a capital amid small letters in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

CANDIDATES = ("cp1252", "cp850", "mac-roman", "iso8859-15")
"""The likeliest first: it is taken where none is clearly better than the others."""
_EURO = "iso8859-15"

_PAIRS = frozenset(("çã", "çõ", "éé", "ñá", "ñó", "üß", "äß", "öß"))
"""Letters that stand side by side in words; all others side by side are rare in these languages."""
_COMMON = {
    **dict.fromkeys("éèàçêüöäßñóáíúãô", 1.0),
    **dict.fromkeys("åøæ", 0.9),
    **dict.fromkeys("âîûùëïõ", 0.7),
    "œ": 0.8,
    **dict.fromkeys("ìòšž", 0.3),
}
_AT_THE_END = "òìù"
"""At the end of a word as common as others, in Italian."""
_WITHIN = "âêîô"
"""Within a word, or at its beginning: hardly ever at its end."""
_VOWELS = frozenset("aeiouyàâäáãéèêëíîïóôöõúûü")
_AFTER: Mapping[str, frozenset[str]] = {"ï": _VOWELS}
_BEFORE: Mapping[str, frozenset[str]] = {
    "ç": _VOWELS - {"e", "i"}, "ñ": _VOWELS, "õ": frozenset("e"),
}  # fmt: skip
"""What a letter stands behind, and before, in the languages that have it."""
_NEVER_ALONE = frozenset("œšžÿŒŠŽŸ")
_RARE = 0.1
_WRONG = -1.0
_OPENING = "¡¿"
_QUOTES = "«»“”„‘’–—…•·§©®\xa0"
_AFTER_NUMBERS = "€£°ºª²³%½"
_MOST_WRONG = 0.05
"""The share of characters that may be where nobody writes them, of a certain guess."""
_GOOD = 0.6
"""What each character has to be worth for a guess to be certain."""
_BETTER = 0.5
"""What another encoding has to be more worth than the likeliest: that one is wrong then."""
_APART = 0.12
"""By how much the best has to be better than others: else the guess is not certain."""
_FEWEST, _MANY = 2, 4
"""Letters beside others that a guess of another encoding than the likeliest rests on, and a certain
one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The best encoding for some words, and whether it is certain."""

    encoding: str
    certain: bool
    words: tuple[str, ...]
    """Two of the words as they are read in it."""


def guess(words: Iterable[bytes], *, without_usual: bool = False) -> Guess:
    """The encoding in which words are words.

    >>> guess([word.encode("cp850") for word in ("Préférence", "garçon", "forêt")])
    Guess(encoding='cp850', certain=True, words=('Préférence', 'garçon'))

    Args:
        words: with bytes beyond ASCII in them, and what is on either side of each.
        without_usual: the text has bytes that the likeliest encoding has no character for: it is
            named only if all others make no words.
    """
    found = list(dict.fromkeys(words))
    worth = {encoding: _worth(found, encoding) for encoding in CANDIDATES}
    usual = CANDIDATES[0]
    best = max(CANDIDATES, key=lambda encoding: worth[encoding])
    evidence = _evidence(found, best)
    better = worth[best] - worth[usual] >= _BETTER
    clearly = evidence >= 1 if without_usual else better and evidence >= _FEWEST
    if worth[best] < _GOOD or not (clearly or best == _EURO):
        best = usual
    near = {usual, _EURO} if best in (usual, _EURO) else {best}  # they differ in eight signs only
    rivals = [one for one in CANDIDATES if one not in near and _differ(found, one, best)]
    apart = all(worth[best] - worth[one] >= _APART for one in rivals)
    certain = worth[best] >= _GOOD and apart and (usual in near or evidence >= _MANY)
    certain = certain and _share_of_wrong(found, best) <= _MOST_WRONG
    shown = [word.decode(best, "replace").strip(_AROUND) for word in found]
    longest = sorted(shown, key=lambda word: -min(len(word), 12))[:2]
    return Guess(encoding=best, certain=certain, words=tuple(longest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """The encoding that a text seems to be in, and a word as it is read and as it is meant."""

    encoding: str
    read: str
    meant: str


def find_other(words: Iterable[bytes], read: str) -> Other | None:
    """Another encoding than the one that a text is read in, if it is plainly in that one: this one
    makes no words of it.

    >>> find_other([w.encode("cp850") for w in ("Hélène", "garçon", "forêt", "Zoé")], "cp1252")
    Other(encoding='cp850', read='gar‡on', meant='garçon')

    Args:
        words: as `guess` takes them.
        read: one of the candidates.
    """
    found = sorted(set(words))
    best = max(CANDIDATES, key=lambda encoding: _worth(found, encoding))
    odd = [word for word in found if _differ([word], read, best)]
    if not odd or _worth(odd, best) < _GOOD or _worth(odd, best) - _worth(odd, read) < _BETTER:
        return None
    near = {read, best} == {CANDIDATES[0], _EURO}
    if _evidence(odd, best) < (1 if near else _FEWEST):
        return None
    longest = max(odd, key=lambda word: (min(len(word), 12), word))
    shown = [longest.decode(one, "replace").strip(_AROUND) for one in (read, best)]
    return Other(encoding=best, read=shown[0], meant=shown[1])


_AROUND = " \t\r\n,;|\"'()[]{}.:!?0123456789"


def _differ(words: Iterable[bytes], one: str, other: str) -> bool:
    return any(word.decode(one, "replace") != word.decode(other, "replace") for word in words)


def _worth(words: Iterable[bytes], encoding: str) -> float:
    """The mean worth of the characters beyond ASCII."""
    found = list(_list_worths(words, encoding))
    return sum(found) / len(found) if found else 0.0


def _share_of_wrong(words: Iterable[bytes], encoding: str) -> float:
    found = [worth <= _WRONG for worth in _list_worths(words, encoding)]
    return sum(found) / len(found) if found else 0.0


def _list_worths(words: Iterable[bytes], encoding: str) -> Iterator[float]:
    for word in words:
        text = f" {word.decode(encoding, 'replace')} "
        yield from (_fits(text, at) for at in range(1, len(text) - 1) if text[at] > "\x7f")


def _fits(text: str, at: int) -> float:
    """Whether a character is where one would write it: from -1 to 1."""
    before, character, after = text[at - 1], text[at], text[at + 1]
    if character.isalpha() and character not in "ºªµ":
        return _fits_as_letter(before, character, text[at + 1 : at + 3])
    if character in _OPENING:
        return 0.8 if after.isalpha() and not before.isalpha() else _WRONG
    if before.isalpha() and after.isalpha():
        return 0.8 if character in "’·" else _WRONG
    if character in _AFTER_NUMBERS:
        within = before.isalpha() or (after.isalpha() and character != "°")
        return 0.2 if within and not (before.isdigit() or after.isdigit()) else 0.8
    return 0.4 if character in _QUOTES else _WRONG


def _fits_as_letter(before: str, letter: str, after: str) -> float:
    """The same of a letter; `after` are the next two characters."""
    follows, leads = before.isalpha(), after[:1].isalpha()
    if not _right_case(before, letter, after) or (
        letter in _NEVER_ALONE and not follows and not leads
    ):
        return _WRONG
    small = letter.lower()
    worth = _COMMON.get(small, _RARE)
    if small in _AT_THE_END and follows and not leads:
        worth = 0.8
    if small in _WITHIN and follows and not leads:
        worth = 0.3
    if small in _AFTER and before.lower() not in _AFTER[small]:
        worth = _RARE
    if small in _BEFORE and after[:1].lower() not in _BEFORE[small]:
        worth = _WRONG if small == "ñ" else _RARE
    return worth if _stands_alone(before, letter, after[:1]) else min(worth, 0.2)


def _stands_alone(before: str, letter: str, after: str) -> bool:
    pairs = [
        *([before + letter] if _is_beyond(before) else []),
        *([letter + after] if _is_beyond(after) else []),
    ]
    return all(pair.lower() in _PAIRS for pair in pairs)


def _is_beyond(character: str) -> bool:
    return character > "\x7f" and character.isalpha()


def _evidence(words: Iterable[bytes], encoding: str) -> int:
    """How many letters beyond ASCII are next to one of ASCII, and signs next to a digit."""
    number = 0
    for word in words:
        text = f" {word.decode(encoding, 'replace')} "
        for at in range(1, len(text) - 1):
            beside = (text[at - 1] + text[at + 1]).encode("ascii", "ignore").decode()
            number += _is_beyond(text[at]) and any(map(str.isalpha, beside))
            number += text[at] in _AFTER_NUMBERS and any(map(str.isdigit, beside))
    return number


def _right_case(before: str, letter: str, later: str) -> bool:
    """Whether a letter may be a capital, or small, behind one and before two others."""
    after = later[:1]
    if letter.isupper():
        if before.isalpha():
            return before.isupper() and not after.islower()
        return not (after.isupper() and later[1:].islower())
    return not after.isupper() or letter == "ß"
