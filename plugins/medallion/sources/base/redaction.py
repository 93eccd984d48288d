"""Secrets out of texts: by value, so that it does not matter where a message got them from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets, as they are and as a URL, JSON and Python spell them.

    >>> redact("GET /3/x?api_key=abcd1234", ["abcd1234"])
    'GET /3/x?api_key=***'
    >>> redact(json.dumps({"password": 'say "é"'}), ['say "é"'])
    '{"password": "***"}'
    """
    for secret in filter(None, secrets):
        for spelling in _spellings(secret):
            text = text.replace(spelling, HIDDEN)
    return text


def _spellings(secret: str) -> list[str]:
    """The longest first: a part of it would hide what the others look for."""
    in_json = (json.dumps(secret, ensure_ascii=one)[1:-1] for one in (True, False))
    in_url = (quote(secret), quote(secret, safe=""), quote_plus(secret))
    return sorted({secret, *in_url, *in_json, repr(secret)[1:-1]}, key=len, reverse=True)
