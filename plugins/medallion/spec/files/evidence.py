"""The facts about the disk that a spec was judged by: a verdict holds until one of them changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

_REFUSED = "refused: "


class Fact(NamedTuple):
    """A file's sha256 as it is read from below `folder` (empty: it is not there; else why it is
    refused), or where a path leads once links are followed, or the names that a folder holds of a
    pattern (`folder`). Paths are absolute, `kind` is `file`, `place` or `names`.
    """

    kind: str
    path: str
    folder: str
    value: str


_facts: ContextVar[dict[Fact, None] | None] = ContextVar("facts", default=None)


@contextmanager
def recording() -> Iterator[dict[Fact, None]]:
    """Collect the facts noted in the block, in order, each once."""
    facts: dict[Fact, None] = {}
    token = _facts.set(facts)
    try:
        yield facts
    finally:
        _facts.reset(token)


def note_file(path: Path | str, folder: Path | str, data: bytes | None, refused: str = "") -> None:
    """Note that a file was read; `data` is None if it could not be: it is not there, or is
    `refused`, for that reason."""
    facts = _facts.get()
    if facts is not None:
        value = _refusal(refused) if data is None else hashlib.sha256(data).hexdigest()
        facts[Fact("file", str(path), str(folder), value)] = None


def note_place(path: Path) -> None:
    """Note where a path leads once its links are followed."""
    facts = _facts.get()
    if facts is not None:
        facts[Fact("place", str(path), "", os.path.realpath(path))] = None


def note_names(folder: Path, pattern: str) -> None:
    """Note which names a pattern finds in a folder: another file there makes a kept verdict
    void."""
    facts = _facts.get()
    if facts is not None:
        facts[Fact("names", str(folder), pattern, _names(str(folder), pattern))] = None


def value_now(fact: Fact, places: dict[str, str] | None = None) -> str:
    """The fact's value if it were noted now: another than `fact.value` means that the verdict is
    stale. `places` remembers where folders lead, for the many facts of one look."""
    if fact.kind == "place":
        return _place(fact.path, {} if places is None else places)
    if fact.kind == "names":
        return _names(fact.path, fact.folder)
    from medallion.spec.files.regular_file import FileRefused, read_bounded

    try:
        return hashlib.sha256(read_bounded(fact.path, fact.folder)).hexdigest()
    except FileNotFoundError:
        return ""
    except FileRefused as refused:
        return _refusal(refused.problem)


def is_digest(value: str) -> bool:
    """Whether the value of a file's fact is that of content that was read."""
    return bool(value) and not value.startswith(_REFUSED)


def _refusal(problem: str) -> str:
    return f"{_REFUSED}{problem}" if problem else ""


def _names(folder: str, pattern: str) -> str:
    names = sorted(path.name for path in Path(folder).glob(pattern))
    return hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()


def _place(path: str, known: dict[str, str]) -> str:
    """`os.path.realpath`; of a path that is not a link, by the place of its folder."""
    folder, name = os.path.split(path)
    if name in ("", ".", "..") or os.path.islink(path):  # noqa: PTH114
        return os.path.realpath(path)
    if folder not in known:
        known[folder] = os.path.realpath(folder)
    return os.path.join(known[folder], name)  # noqa: PTH118  # hot
