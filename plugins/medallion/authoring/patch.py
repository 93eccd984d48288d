"""A change of one file: a diff and a verdict. Only what validates is written."""

from __future__ import annotations

import difflib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from medallion.authoring.drafts import Judgement, judge
from medallion.authoring.files import has_hidden, hold_to_authors, plain_text
from medallion.compiler.guard import Guard
from medallion.errors import SetupError
from medallion.spec.files.excerpts import without_secrets
from medallion.spec.files.regular_file import MAX_BYTES

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One file as it is to be.

    `before`: its text now, empty where it is new. `diff`: what changes, without secrets.
    """

    path: str
    before: str
    after: str
    diff: str
    judgement: Judgement


def propose(root: Path, path: str, text: str, guard: Guard | None = None) -> Patch:
    """What a file's new text changes, and whether the project is right with it. Nothing is written.

    Args:
        root: the project's folder.
        path: of a spec, a domain.yaml or gold SQL.
        text: the whole file.
        guard: the process to compile in.

    Raises:
        SetupError: the path or the text is not one that authors write.
    """
    hold_to_authors(path)
    if len(text.encode()) > MAX_BYTES:
        raise SetupError("the text is longer than a spec may be", remedy=f"{MAX_BYTES:,} bytes")
    if has_hidden(text):
        raise SetupError(
            "the text has *** in it, which hides a secret where a file is shown",
            remedy="leave a line with a secret to its author; secrets belong in a connection",
        )
    before = plain_text(root, path)
    return Patch(
        path=path,
        before=before,
        after=text,
        diff=_diff(before, text, path),
        judgement=judge(root, {path: text}, guard),
    )


def write(root: Path, patch: Patch) -> None:
    """Write a patch that was judged valid: the file has the whole new text, or is as it was.

    Raises:
        SetupError: the patch is not valid, the file has changed meanwhile, or a link is in the way.
    """
    if not patch.judgement.is_valid:
        raise SetupError("the text is refused, and nothing was written", remedy="correct it first")
    top, domain, name = patch.path.rsplit("/", 2)
    try:
        with _folder(root / top, domain) as folder:
            mode = _mode_of(folder, name)
            if plain_text(root, patch.path) != patch.before:
                raise SetupError(
                    f"{patch.path} has changed meanwhile", remedy="read it again, and propose again"
                )
            _replace(folder, name, patch.after.encode(), mode)
    except OSError as error:
        raise SetupError(
            f"{patch.path} cannot be written: {error.strerror}",
            remedy="no link may be in its path, and its folder must be one that you may write",
        ) from None


@contextmanager
def _folder(top: Path, domain: str) -> Iterator[int]:
    """The domain's folder, held open: no link is followed below the project's own folder `top`."""
    held = os.open(os.path.realpath(top), _FOLDER)
    try:
        with suppress(FileExistsError):
            os.mkdir(domain, 0o755, dir_fd=held)
        inner = os.open(domain, _FOLDER | os.O_NOFOLLOW, dir_fd=held)
    finally:
        os.close(held)
    try:
        yield inner
    finally:
        os.close(inner)


def _mode_of(folder: int, name: str) -> int:
    """The rights of the file that is there; those of a new one where none is.

    Raises:
        SetupError: it is not a regular file.
    """
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return 0o644
    if not stat.S_ISREG(found.st_mode):
        raise SetupError(f"{name} is a link, or not a regular file", remedy="edit it by hand")
    return stat.S_IMODE(found.st_mode)


def _replace(folder: int, name: str, data: bytes, mode: int) -> None:
    """A new file takes the old one's place in one step."""
    draft = f".{name}.{secrets.token_hex(8)}"
    handle = os.open(draft, _NEW, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(handle, mode)
            file.flush()
            os.fsync(handle)
        os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise


def _diff(before: str, after: str, path: str) -> str:
    old, new = (list(without_secrets(text.split("\n"))) for text in (before, after))
    return "\n".join(
        difflib.unified_diff(old, new, fromfile=f"a/{path}", tofile=f"b/{path}", lineterm="")
    )
