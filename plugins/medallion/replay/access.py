"""Who may ask: TMDB's two kinds of credentials, each in its own place."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

# They open nothing but a replay server. Their forms are TMDB's: a token starts with `eyJ`, a key
# is 32 hexadecimal digits, and one in the place of the other is refused.
REPLAY_TOKEN = "eyJhbGciOiJub25lIn0.replay.replay"  # noqa: S105
REPLAY_API_KEY = "5eb1a900000000000000000000000000"

_API_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The v4 tokens (for `Authorization: Bearer`) and v3 keys (for `api_key=`) that are valid."""

    tokens: tuple[str, ...] = (REPLAY_TOKEN,)
    api_keys: tuple[str, ...] = (REPLAY_API_KEY,)

    @classmethod
    def of(cls, credentials: Iterable[str]) -> Access:
        """Sort credentials by their form: 32 hexadecimal digits are a key, all else is a token."""
        given = tuple(text for text in (item.strip() for item in credentials) if text)
        keys = tuple(text for text in given if _API_KEY.fullmatch(text))
        return cls(tokens=tuple(text for text in given if text not in keys), api_keys=keys)

    def allows(self, *, authorization: str | None, api_key: str | None) -> bool:
        """Whether either of the two, as a request carries them, is valid."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() == "bearer" and _among(token.strip(), self.tokens):
            return True
        return _among(api_key or "", self.api_keys)


def _among(given: str, valid: Iterable[str]) -> bool:
    return any(hmac.compare_digest(given.encode(), known.encode()) for known in valid)
