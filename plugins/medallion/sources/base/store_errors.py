"""What a store's answer means, where a library hands it on as a text: who must act.

Addresses and places are left out first: a port of 35005 is not the status 500, and a folder
`connections` says nothing of a lost connection.
"""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE)
_PASSING = re.compile(
    r"timed out|timeout|connect|reset|(?<![\d.])50[03]\b|too many requests|\bdns\b", re.IGNORECASE
)
_NO_ENTRANCE = re.compile(
    r"permission|denied|unauthorized|forbidden|(?<![\d.])40[13]\b|authenticat"
    r"|signature_does_not_match|invalid_access_key_id",  # Arrow's, of S3
    re.IGNORECASE,
)


def may_pass(said: str, place: str) -> bool:
    """Whether another try may not have this error.

    >>> may_pass("GET http://127.0.0.1:35005/files: 403 Forbidden", "")
    False
    >>> may_pass("GET http://127.0.0.1:35005/files: status code 503", "")
    True
    """
    return bool(_PASSING.search(_without_addresses(said, place)))


def has_no_entrance(said: str, place: str) -> bool:
    """Whether the login may not do this.

    >>> has_no_entrance("no such file: /mnt/denied/a", "/mnt/denied")
    False
    """
    return bool(_NO_ENTRANCE.search(_without_addresses(said, place)))


def _without_addresses(said: str, place: str) -> str:
    text = _ADDRESS.sub(" ", said)
    return text.replace(place, " ") if place else text
