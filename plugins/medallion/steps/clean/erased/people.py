"""Who is looked for: keyed hashes of what identifies people are enough to find them."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from medallion.plan.model import CleanStep
from medallion.steps.clean.pii_key import read_keys
from medallion.steps.context import StepContext

_KEY_ID = b"medallion.erasures"
LEAST_CHARACTERS, LEAST_DIGITS = 4, 7
"""Of a value that is looked for in texts: 1200 may be an amount, or how many rows there were."""
MOST_CHARACTERS, MOST_CANDIDATES = 254, 20_000
"""Of a value, and of the values that are tried of one text."""
_NUMBER = re.compile(r"\d[\d ]*\d")
_FIELDS = re.compile(r"[^;,|\t\r\n\"'<>=:{}\[\]()]+")


@dataclass(frozen=True, slots=True)
class PeopleKey:
    """A key of hashes, and a short name for it that says nothing of it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """12 hexadecimal digits: which key a hash was made with."""
        return hmac.digest(self.secret, _KEY_ID, "sha256").hex()[:12]

    def hash(self, text: str) -> str:
        """As silver holds it where a column is hashed: HMAC-SHA256, 64 hexadecimal digits."""
        return hmac.digest(self.secret, text.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Some people of a domain, by what identifies them.

    Attributes:
        keys: the domain's key first, then those that hashes were made with before it.
        hashes: by identifier (`email`), what a value's hash may be.
        words: what a line that is not a record may have of them; None: their values are not known.
    """

    keys: tuple[PeopleKey, ...]
    hashes: Mapping[str, frozenset[str]]
    words: re.Pattern[str] | None = field(default=None, repr=False)

    def are(self, identifier: str, text: str) -> bool:
        """Whether a cleaned value is of one of them."""
        wanted = self.hashes.get(identifier, frozenset())
        return bool(wanted) and any(key.hash(text) in wanted for key in self.keys)

    def find_words(self, text: str) -> set[str]:
        """Their values in a text that is not a record, as they stand there. Of whom only hashes are
        known, those values are found that stand by themselves: a field, or a word."""
        found = set(self.words.findall(text)) if self.words else set()
        wanted = frozenset().union(*self.hashes.values())
        for candidate in list_candidates(text) if wanted else ():
            forms = {candidate, candidate.lower(), candidate.upper()}
            if any(key.hash(one) in wanted for key in self.keys for one in forms):
                found.add(candidate)
        return found

    @property
    def is_nobody(self) -> bool:
        """Whether nobody is looked for."""
        return not any(self.hashes.values())


def keys_of(step: CleanStep, context: StepContext) -> tuple[PeopleKey, ...]:
    """The keys of a dataset's domain, the present one first.

    Raises:
        SetupError: there is no key, the domain may not use it, or it is too short.
    """
    return tuple(PeopleKey(secret.encode()) for secret in read_keys(step, context))


def is_telling(value: str) -> bool:
    """Whether a text that has the value is about its person.

    >>> [is_telling(one) for one in ("ada@example.org", "Ada", "1200", "12.50", "6025550101")]
    [True, False, False, False, True]
    """
    digits = sum(map(str.isdecimal, value))
    if re.fullmatch(r"[\d\s.,:+-]*", value):
        return digits >= LEAST_DIGITS
    return len(value) >= LEAST_CHARACTERS


def list_candidates(text: str) -> Iterable[str]:
    """What may be a person's value in a text: each field, and each word and number of it, that
    `words_of` finds again.

    >>> sorted(list_candidates('17;"Ada L.";ada@example.org, of 4970 1000;12.50'))
    ['4970 1000', 'Ada L', 'ada@example.org', 'of 4970 1000']
    """
    found: dict[str, None] = {}
    for field_ in _FIELDS.finditer(text):
        field_text = field_.group().strip()
        for one in (field_text, *field_text.split(), *_NUMBER.findall(field_text)):
            word = one.strip(".-")
            if LEAST_CHARACTERS <= len(word) <= MOST_CHARACTERS and is_telling(word):
                found[word] = None
        if len(found) >= MOST_CANDIDATES:
            break
    return list(found)


def words_of(values: Iterable[str]) -> re.Pattern[str] | None:
    """What finds values in a text, but not within longer words; None without a value.

    >>> bool(words_of(["ada@example.org"]).search("1;ada@example.org;x"))
    True
    >>> bool(words_of(["ada@example.org"]).search("1;nada@example.org;x"))
    False
    """
    found: Sequence[str] = sorted({value for value in values if value}, key=len, reverse=True)
    if not found:
        return None
    either = "|".join(map(re.escape, found))
    return re.compile(rf"(?<![\w.@-])(?:{either})(?![\w@-]|\.\w)", re.IGNORECASE)


def join_words(*patterns: re.Pattern[str] | None) -> re.Pattern[str] | None:
    """What finds whatever one of some patterns finds; None: there are none."""
    found = [one.pattern for one in patterns if one is not None]
    return re.compile("|".join(found), re.IGNORECASE) if found else None
