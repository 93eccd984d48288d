"""What of the disk a spec was judged by, so that a verdict can be kept until one of it changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple


class Fact(NamedTuple):
    """A file's sha256 (empty: it could not be read) as it is read from below `folder`, or where a
    path leads once links are followed, or the names that a folder holds of a pattern (`folder`).
    Paths are absolute, `kind` is `file`, `place` or `names`.
    """

    kind: str
    path: str
    folder: str
    value: str


_facts: ContextVar[dict[Fact, None] | None] = ContextVar("facts", default=None)


@contextmanager
def recording() -> Iterator[dict[Fact, None]]:
    """Collect what is looked at in the block, in its order, each once."""
    facts: dict[Fact, None] = {}
    token = _facts.set(facts)
    try:
        yield facts
    finally:
        _facts.reset(token)


def note_file(path: Path | str, folder: Path | str, data: bytes | None) -> None:
    """A file was read; None: it could not be."""
    facts = _facts.get()
    if facts is not None:
        value = "" if data is None else hashlib.sha256(data).hexdigest()
        facts[Fact("file", str(path), str(folder), value)] = None


def note_place(path: Path) -> None:
    """A path's links were followed."""
    facts = _facts.get()
    if facts is not None:
        facts[Fact("place", str(path), "", os.path.realpath(path))] = None


def note_names(folder: Path, pattern: str) -> None:
    """A folder was searched."""
    facts = _facts.get()
    if facts is not None:
        facts[Fact("names", str(folder), pattern, _names(str(folder), pattern))] = None


def value_now(fact: Fact) -> str:
    """What the value of a fact would be now."""
    if fact.kind == "place":
        return os.path.realpath(fact.path)
    if fact.kind == "names":
        return _names(fact.path, fact.folder)
    from medallion.spec.files.regular_file import FileRefused, read_bounded

    try:
        return hashlib.sha256(read_bounded(fact.path, fact.folder)).hexdigest()
    except (FileNotFoundError, FileRefused):
        return ""


def _names(folder: str, pattern: str) -> str:
    names = sorted(path.name for path in Path(folder).glob(pattern))
    return hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()
