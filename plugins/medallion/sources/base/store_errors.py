"""What a store's answer means, where a library hands it on as a text: who must act.

Addresses and places are left out first: a port of 35005 is not the status 500, and a folder
`connections` says nothing of a lost connection. A number is a status where the text says that it is
one, or where a reason follows it: `503 Service Unavailable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from medallion.sources.base.redaction import redact

SHOWN = 400
"""Characters of what a library said that a message has."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def _status(codes: str) -> str:
    called = r"(?:\b(?:status|http)(?:\W{1,3}(?:status|code))*\W{0,9}"
    return called + rf"|(?<![\w./-])(?=\d+ (?-i:[A-Z][a-z])))(?:{codes})\b"


_PASSING = re.compile(
    r"\btimed out\b|\btime-?out\b|\bconnect(?:ed|ing|ion)?\b|\breset\b|too many requests|\bdns\b"
    r"|network_connection|slow_?down"  # Arrow's, of S3
    rf"|{_status('429|50[0234]')}",
    re.IGNORECASE,
)
_NO_ENTRANCE = re.compile(
    r"permission|denied|unauthorized|forbidden|authenticat"
    r"|signature_does_not_match|invalid_access_key_id"  # Arrow's, of S3
    rf"|expired_?token|{_status('40[13]')}",
    re.IGNORECASE,
)


def tell(error: BaseException, secrets: Iterable[str]) -> str:
    """All that a library says, on one line, without secrets and a terminal's colours.

    >>> tell(OSError("S3 error \\x1b[31m↳\\x1b[0m\\n key=abc"), ["abc"])
    'S3 error ↳ key=***'
    """
    return redact(" ".join(_COLOUR.sub("", str(error)).split()), secrets)


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
