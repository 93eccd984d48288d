"""The specs and SQL of a commit, read by git's plumbing into a folder. The checkout stays as it is.

A tree is data that anybody may have pushed: its paths are looked at before anything is written,
files are made before links, and nothing is written through a link. `cat-file` runs no filter and no
hook, so nothing of the commit is executed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from medallion.errors import MedallionError
from medallion.spec.files.regular_file import COMPILED_FOLDERS, MAX_BYTES

_DATA = "include/data"
"""Only its links count: paths lead through them."""
_LINK, _SUBMODULE = "120000", "160000"
_MOST_FILES = 50_000
_SECONDS = 60.0
_QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}


class NotComparable(MedallionError):
    """Whoever runs the comparison must act: there is nothing to compare with."""

    acts = "whoever runs the comparison"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the working tree is compared with.

    Attributes:
        ref: as it was asked for.
        commit: the commit of `ref`, or the one where the branch has left it.
        root: the folder that holds its files.
    """

    ref: str
    commit: str
    root: Path


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    blob: str
    path: str


@contextmanager
def base_of(root: Path, ref: str) -> Iterator[Base]:
    """The project of a commit in a temporary folder, which is gone when the block ends.

    Args:
        root: the project's folder, in a checkout of git.
        ref: a branch, a tag or a commit. Where HEAD has left it, the commit that both have last in
            common is taken: what others have merged meanwhile is not this branch's change.

    Raises:
        NotComparable: there is no such commit, or no git, or its tree cannot be written.
    """
    commit = merge_base(root, ref)
    with TemporaryDirectory(prefix="medallion-check-") as folder:
        target = Path(os.path.realpath(folder)) / "project"
        target.mkdir(mode=0o700)
        _write(root, _entries(root, commit), target)
        (target / "specs").mkdir(exist_ok=True)
        yield Base(ref=ref, commit=commit, root=target)


def merge_base(root: Path, ref: str) -> str:
    """The commit that HEAD and `ref` have last in common, as its whole id.

    Raises:
        NotComparable: there is none, or no such ref.
    """
    commit = _commit(root, ref)
    head = _commit(root, "HEAD")
    try:
        found = _git(root, "merge-base", commit, head).split()
    except NotComparable:
        found = []
    if not found:
        raise NotComparable(
            f"{ref} and HEAD have no commit in common, as far as this clone goes back",
            remedy="fetch the whole history (git fetch --unshallow; in CI: fetch-depth 0, "
            "GIT_DEPTH 0)",
        )
    return found[0]


def _commit(root: Path, ref: str) -> str:
    if not ref or ref.startswith("-") or not ref.isprintable():
        raise NotComparable(f"{ref!r} is not a commit", remedy="name a branch, a tag or a commit")
    try:
        return _git(
            root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
        ).strip()
    except NotComparable as error:
        raise NotComparable(
            f"there is no commit {ref} here" if not str(error.remedy) else error.problem,
            remedy=error.remedy or "fetch it first: git fetch origin",
        ) from None


def _git(root: Path, *words: str) -> str:
    """The output of a git command that only reads.

    Raises:
        NotComparable: it failed; with a remedy where there is no checkout at all.
    """
    done = _run(root, words)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        lost = any("not a git repository" in line or "dubious ownership" in line for line in said)
        raise NotComparable(
            f"git {words[0]}: {said[-1] if said else f'exit code {done.returncode}'}",
            remedy="run it in a checkout of git that belongs to you" if lost else "",
        )
    return done.stdout.decode("utf-8", "surrogateescape")


def _run(root: Path, words: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(root), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env=_environment(),
        )
    except FileNotFoundError:
        raise NotComparable("there is no git here", remedy="install git") from None
    except subprocess.TimeoutExpired:
        raise NotComparable(f"git {words[0]} took more than {_SECONDS:g} s") from None


def _environment() -> dict[str, str]:
    return {**os.environ, **_QUIET}


def _entries(root: Path, commit: str) -> list[_Entry]:
    """The files of a commit that count, by their paths below the project's folder.

    Raises:
        NotComparable: one of them has a path that no checkout could have, or there are too many.
    """
    listed = _git(root, "ls-tree", "-r", "-z", commit, "--", *COMPILED_FOLDERS, _DATA)
    found = []
    for line in listed.split("\0"):
        if not line:
            continue
        about, _, path = line.partition("\t")
        mode, _, blob = about.split(" ", 2)
        if mode == _SUBMODULE or (path.startswith(f"{_DATA}/") and mode != _LINK):
            continue
        if any(part.lower() in ("", ".", "..", ".git") for part in path.split("/")):
            raise NotComparable(
                f"the commit has a file of the path {path!r}, which no checkout can have",
                remedy="look at who has made that commit, and how",
            )
        found.append(_Entry(mode, blob, path))
    if len(found) > _MOST_FILES:
        raise NotComparable(f"the commit has more than {_MOST_FILES} specs and SQL files")
    return found


def _write(root: Path, entries: Sequence[_Entry], target: Path) -> None:
    """Files first, then links: so nothing can be written through a link."""
    links = []
    for entry, data in _contents(root, entries):
        if entry.mode == _LINK:
            links.append((entry, data))
        else:
            _new_file(target / entry.path, data, entry)
    for entry, data in links:
        path = target / entry.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(os.fsdecode(data))
        except (OSError, ValueError):
            raise _unwritable(entry) from None


def _new_file(path: Path, data: bytes, entry: _Entry) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except (OSError, ValueError):
        raise _unwritable(entry) from None


def _unwritable(entry: _Entry) -> NotComparable:
    return NotComparable(f"{entry.path!r} of the commit cannot be written into a folder")


def _contents(root: Path, entries: Sequence[_Entry]) -> Iterator[tuple[_Entry, bytes]]:
    """Each file with its bytes; of one that is too large for a spec just enough to show that.

    Raises:
        NotComparable: git does not have one of them (a partial clone).
    """
    with subprocess.Popen(
        ["git", "-C", str(root), "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as child:
        assert child.stdin is not None and child.stdout is not None  # noqa: S101
        try:
            for entry in entries:
                child.stdin.write(f"{entry.blob}\n".encode())
                child.stdin.flush()
                yield entry, _content(child.stdout, entry)
            child.stdin.close()
        finally:
            child.kill()


def _content(answers: IO[bytes], entry: _Entry) -> bytes:
    head = answers.readline().split()
    if len(head) != 3 or head[1] != b"blob":
        raise NotComparable(
            f"git has no content of {entry.path!r} of the commit",
            remedy="fetch it: a partial clone leaves files out",
        )
    left = int(head[2])
    data = answers.read(min(left, MAX_BYTES + 1))
    left -= len(data)
    while left > 0:
        left -= len(answers.read(min(left, MAX_BYTES))) or left
    answers.read(1)
    return data
