"""The commit that a project is checked out at, read from git's files: no process is started."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

SPEC_COMMIT = "MEDALLION_SPEC_COMMIT"
"""Names it where there is no checkout: an image is built with it."""
_ID = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")
_LONGEST = 100


def spec_commit(project: Path, environ: Mapping[str, str] = os.environ) -> str | None:
    """MEDALLION_SPEC_COMMIT, or what `.git` in the project or above it says; None: neither.

    What has been changed since the commit is not seen: a spec's digest says which text ran.
    """
    if given := environ.get(SPEC_COMMIT, "").strip():
        return given[:_LONGEST]
    try:
        git = next(filter(None, map(_git_folder, (folder := project.resolve(), *folder.parents))))
        return _resolve(git, _line(git / "HEAD"))
    except (OSError, StopIteration, UnicodeDecodeError):
        return None


def _git_folder(folder: Path) -> Path | None:
    """`.git`, or where it leads: that of a worktree or a submodule is a file."""
    git = folder / ".git"
    if git.is_dir():
        return git
    if not git.is_file():
        return None
    return folder / _line(git).removeprefix("gitdir:").strip()


def _resolve(git: Path, head: str) -> str | None:
    if not head.startswith("ref:"):
        return head if _ID.match(head) else None
    name = head.removeprefix("ref:").strip()
    common = git / "commondir"
    shared = git / _line(common) if common.is_file() else git
    for place in (git / name, shared / name):
        if place.is_file() and _ID.match(found := _line(place)):
            return found
    return _read_packed(shared / "packed-refs", name)


def _read_packed(file: Path, name: str) -> str | None:
    if not file.is_file():
        return None
    lines = (line.split() for line in file.read_text().splitlines())
    return next((words[0] for words in lines if words[1:] == [name] and _ID.match(words[0])), None)


def _line(file: Path) -> str:
    return file.read_text().strip()
