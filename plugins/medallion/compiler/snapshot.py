"""What the last look at a project found, so that the next one need not read every file again.

A file counts as unchanged while the file system says the same of it (its mark), as with Git's
index. Its digest and its verdict are then the ones found before; everything else is read.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Mapping
from typing import Any

from medallion.spec.files.evidence import Fact, is_digest, value_now

Mark = list[int]
"""Device, inode, size, and when content and inode changed last, in ns."""
SETTLED = 2_000_000_000
"""Nanoseconds after which a change gives a file another time on every file system in use."""


def mark_of(path: str | os.PathLike[str]) -> Mark | None:
    """The mark of a regular file, links followed; None if there is none, or if it changed so
    lately that one more change might not show."""
    return _mark(path, stat.S_ISREG)


def mark_of_folder(path: str | os.PathLike[str]) -> Mark | None:
    """The same of a folder: another one once a name in it comes, goes or leads elsewhere."""
    return _mark(path, stat.S_ISDIR)


def has_mark(path: str, mark: Mark) -> bool:
    """Whether a file still has the mark that `mark_of` once gave. It was settled then, so that a
    change since has given it another one."""
    try:
        found = os.stat(path)  # noqa: PTH116  # hot
    except (OSError, ValueError):
        return False
    return _write_mark(found) == mark


def _mark(path: str | os.PathLike[str], is_kind: Callable[[int], bool]) -> Mark | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # hot
    except (OSError, ValueError):
        return None
    newest = max(found.st_mtime_ns, found.st_ctime_ns)
    if not is_kind(found.st_mode) or newest > time.time_ns() - SETTLED:
        return None
    return _write_mark(found)


def _write_mark(found: os.stat_result) -> Mark:
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


class Snapshot:
    """The specs and the files that they depend on, as the last look found them and as they are
    now.

    `before` is what `document` gave, or anything else: then nothing is known. `version` is that of
    the code: what another one found does not count.
    """

    def __init__(self, before: Any = None, version: str = "") -> None:
        known = isinstance(before, dict) and before.get("version") == version
        self._before = before if known else {}
        self._version = version
        self._specs: dict[str, list[Any]] = {}
        self._files: dict[str, list[Any]] = {}

    def spec(self, place: str, mark: Mark | None) -> tuple[str, Mapping[str, Any]] | None:
        """The entry's name and document that were noted for a spec with that mark."""
        known = self._find_known("specs", place, 3)
        if mark is None or known is None or known[0] != mark:
            return None
        self._specs[place] = known
        return known[1], known[2]

    def note_spec(
        self, place: str, mark: Mark | None, name: str, document: Mapping[str, Any]
    ) -> None:
        """Note a spec's entry. Its mark was taken before the spec was read."""
        if mark is not None:
            self._specs[place] = [mark, name, document]

    def has(self, place: str, name: str) -> bool:
        """Whether that entry of the spec was noted."""
        return bool(self._specs.get(place, [None, ""])[1] == name)

    def forget(self, place: str) -> None:
        """The spec's entry cannot be used."""
        self._specs.pop(place, None)

    def value(self, fact: Fact, places: dict[str, str]) -> str:
        """The fact's value now, like `value_now`."""
        if fact.kind != "file":
            return value_now(fact, places)
        key, mark = f"{fact.folder}\n{fact.path}", mark_of(fact.path)
        known = self._find_known("files", key, 2)
        if mark is None or known is None or known[0] != mark:
            value = value_now(fact, places)
            if mark is None or not is_digest(value):
                return value
            known = [mark, value]
        self._files[key] = known
        return str(known[1])

    def mark_of_fact(self, fact: Fact) -> Mark | None:
        """The mark of a file's fact that this look has found to be so; None: it has not, or the
        file has none."""
        found = self._files.get(f"{fact.folder}\n{fact.path}")
        return None if found is None or found[1] != fact.value else found[0]

    def has_changed(self) -> bool:
        """Whether the next look would profit from what this one found."""
        return self.document() != self._before

    def document(self) -> dict[str, Any]:
        """What this look found, as JSON values."""
        return {"version": self._version, "specs": self._specs, "files": self._files}

    def _find_known(self, kind: str, key: str, size: int) -> list[Any] | None:
        try:
            known = self._before[kind][key]
        except (KeyError, TypeError):
            return None
        return known if isinstance(known, list) and len(known) == size else None
