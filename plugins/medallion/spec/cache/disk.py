"""Results computed from files, kept on disk, because Airflow parses every spec again and again.

An entry is named by the SHA-256 of everything it was made from, so it never goes stale. A cache
that cannot be read or written only costs time; nothing in it needs a backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from medallion.private_files import private_folder

_FOLDER = Path(".medallion") / "cache"
_MOMENT = "\0"
"""The key of a mapping that means a date or a time: no text of a YAML file holds it."""


def cache_folder(root: Path, kind: str) -> Path:
    """The folder of a project's entries of one kind. It may not exist yet."""
    return root / _FOLDER / kind


def entry_path(folder: Path, *made_from: bytes) -> Path:
    """The entry's file, named by everything it was made from."""
    return folder / f"{digest_of(made_from)}.json"


def read_kept(path: Path) -> Any:
    """An entry's JSON value, with dates and times; None if there is none, or it is damaged."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # a third of the time that Path takes
            return json.loads(file.read(), object_hook=_read_moment)
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def keep(path: Path, entry: Any) -> None:
    """Write an entry, whole or not at all: several processes parse the same specs at once. A
    failure is ignored."""
    with suppress(OSError, ValueError):
        private_folder(path.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(entry, default=_write_moment))
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _write_moment(value: Any) -> dict[str, str]:
    if isinstance(value, date):
        return {_MOMENT: value.isoformat()}
    raise ValueError(f"{type(value).__name__} is nothing that is kept")


def _read_moment(mapping: dict[str, Any]) -> Any:
    text = mapping.get(_MOMENT)
    if text is None:
        return mapping
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def digest_of(parts: Iterable[bytes]) -> str:
    """Their sha256, each with its length before it: no two sets of parts give the same bytes.

    >>> digest_of([b"ab", b"c"]) == digest_of([b"a", b"bc"])
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d\n" % len(part))
        digest.update(part)
    return digest.hexdigest()
