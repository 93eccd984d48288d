"""Texts that are not written yet, judged as if they were, in a copy of the project.

The copy is compiled in the guarded process, as the project itself is, and takes over the verdicts
of what is the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from medallion.authoring.files import hold_to_authors
from medallion.compiler.guard import Guard, share_guard
from medallion.errors import Issue, SetupError
from medallion.private_files import private_folder
from medallion.spec.files.regular_file import COMPILED_FOLDERS, MAX_BYTES
from medallion.workbench.branch_changes import compare_sides
from medallion.workbench.comparison.changes import Comparison
from medallion.workbench.comparison.sides import Side, read_side


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a project would be with some texts in place.

    `issues`: those that are new, or of one of these files. `comparison`: what the texts change;
    None where they are refused.
    """

    issues: tuple[Issue, ...]
    comparison: Comparison | None

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong with the files, or with others because of them."""
        return not self.issues


def judge(root: Path, texts: Mapping[str, str], guard: Guard | None = None) -> Judgement:
    """Compile a project with some texts in place of its files. Nothing of it changes.

    Args:
        root: the project's folder.
        texts: whole files, by their paths.
        guard: the process to compile in.

    Raises:
        SetupError: a path is not one of a file that authors write.
    """
    guard = guard or share_guard()
    before = read_side(root, guard)
    with copy_of(root) as copy:
        for path, text in texts.items():
            write_draft(copy, path, text)
        after = read_side(copy, guard, like=before, store=copy.parent / "compiled")
        known = set(issues_of(before))
        issues = tuple(one for one in issues_of(after) if one not in known or one.path in texts)
        comparison = None if issues else compare_sides(before, after, guard)
    return Judgement(issues=issues, comparison=comparison)


class DraftProject:
    """A project with texts in place of its files, looked at again and again: an editor's view.

    What was compiled before is known; a text that has changed costs as much as one spec.
    """

    def __init__(self, root: Path, guard: Guard | None = None) -> None:
        """`guard`: the process to compile in; without it, the process's own, when it is needed."""
        self._root = root
        self._guard = guard
        self._folder = TemporaryDirectory(prefix="medallion-editor-")
        self._top = Path(os.path.realpath(self._folder.name))
        self._last: Side | None = None

    def look(self, texts: Mapping[str, str]) -> Side:
        """The project as it is on the disk now, but for some texts, by their paths.

        Raises:
            SetupError: a path is not one of a file that authors write.
        """
        guard = self._guard or share_guard()
        if self._last is None:
            self._last = read_side(self._root, guard)
        copy = self._top / "project"
        shutil.rmtree(copy, ignore_errors=True)
        fill_copy(self._root, copy)
        for path, text in texts.items():
            write_draft(copy, path, text)
        self._last = read_side(copy, guard, like=self._last, store=self._top / "compiled")
        return self._last

    def close(self) -> None:
        """Remove the copy."""
        self._folder.cleanup()


def issues_of(side: Side) -> tuple[Issue, ...]:
    """Everything that is wrong with the files of a side, sorted by place."""
    return tuple(sorted({issue for found in side.refused.values() for issue in found}))


@contextmanager
def copy_of(root: Path) -> Iterator[Path]:
    """What a project's specs are compiled from in a folder of its own, which goes when the block
    ends. No data is copied."""
    with TemporaryDirectory(prefix="medallion-draft-") as folder:
        copy = Path(os.path.realpath(folder)) / "project"
        fill_copy(root, copy)
        yield copy


def fill_copy(root: Path, copy: Path) -> None:
    """Copy what a project's specs are compiled from into a new folder."""
    private_folder(copy)
    for name in COMPILED_FOLDERS:
        _copy(root / name, copy / name)
    (copy / "specs").mkdir(exist_ok=True)


def write_draft(copy: Path, path: str, text: str) -> None:
    """Put a text into a copy, in place of the file or link that is there.

    Raises:
        SetupError: the path is not one of a file that authors write, or a folder in it is a link
            that leads out of the copy, into the project itself or anywhere else.
    """
    hold_to_authors(path)
    target = copy / path
    if not Path(os.path.realpath(target.parent)).is_relative_to(os.path.realpath(copy)):
        raise SetupError(
            f"{path} leads through a symbolic link to another folder",
            remedy="write the file where it is, or replace the link by a folder",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    target.write_text(text, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    """Folders, links as they are, and regular files; nothing else is opened."""
    try:
        entries = sorted(os.scandir(source), key=lambda one: one.name)
    except OSError:
        return
    target.mkdir(parents=True, exist_ok=True)
    for entry in entries:
        if entry.is_symlink():
            (target / entry.name).symlink_to(os.readlink(entry.path))  # noqa: PTH115
        elif entry.is_dir():
            _copy(Path(entry.path), target / entry.name)
        elif entry.is_file() and entry.stat().st_size <= MAX_BYTES:
            shutil.copyfile(entry.path, target / entry.name)
