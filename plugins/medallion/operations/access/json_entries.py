"""Entries of a PostgreSQL log that is written as JSON (`log_destination = jsonlog`, from 15 on): an
object a line. What a client has sent is a string in it, so it cannot look like an entry.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from medallion.operations.access.entries import Entry, read_moment

_ALSO = {"detail": "DETAIL", "context": "CONTEXT", "statement": "STATEMENT"}
"""What a log of text has as entries of its own, in their order there."""
_DONE = "00000"
"""The code of an entry that has none."""
_LONGEST = {"remote_host": 100, "application_name": 64}


def split_lines(content: bytes) -> tuple[list[bytes], int]:
    """The lines of a stretch that have an end, and the bytes that they take.

    >>> split_lines(b"{}\\n{}\\n{")
    ([b'{}', b'{}'], 6)
    """
    whole = content[: content.rfind(b"\n") + 1]
    return whole[:-1].split(b"\n") if whole else [], len(whole)


def read_json_entries(raw: bytes) -> tuple[Entry, ...]:
    """The entries of a line: a message, and what a log of text has behind it; empty: it is not an
    entry of this form."""
    try:
        found = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return ()
    if not isinstance(found, dict):
        return ()
    moment, _, zone = _text(found, "timestamp").rpartition(" ")
    at = read_moment(moment, zone)
    session, level = _text(found, "session_id"), _text(found, "error_severity")
    if at is None or not session or not level:
        return ()
    entry = Entry(
        at=at,
        session=session,
        code=_text(found, "state_code") or _DONE,
        client=_text(found, "remote_host"),
        application=_text(found, "application_name").strip(),
        database=_text(found, "dbname"),
        user=_text(found, "user"),
        level=level,
        text=_text(found, "message"),
    )
    also = [(_text(found, key), level) for key, level in _ALSO.items()]
    return (entry, *(replace(entry, level=level, text=text) for text, level in also if text))


def _text(found: Mapping[str, object], key: str) -> str:
    """Of an entry; what no database would keep is replaced."""
    said = found.get(key)
    if not isinstance(said, str):
        return ""
    clean = said.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return clean[: _LONGEST.get(key)]
