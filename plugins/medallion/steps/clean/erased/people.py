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
