"""Secrets out of texts: by value, so that it does not matter where a message got them from."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets, as they are and as a URL spells them.

    >>> redact("GET /3/x?api_key=abcd1234", ["abcd1234"])
    'GET /3/x?api_key=***'
    """
    for secret in secrets:
        for spelling in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
            if spelling:
                text = text.replace(spelling, HIDDEN)
    return text
