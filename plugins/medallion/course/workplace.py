"""Where a learner does one exercise: a folder that is a small project of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from medallion.course.repository import STEPS_FILE, make_repository
from medallion.errors import SetupError
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.practice_database import PracticeDatabase
from medallion.private_files import private_folder
from medallion.spec.files.regular_file import FileRefused, read_bounded

START, SOLUTION = "start", "solution"
SPECS = "specs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What the goals of an exercise look at.

    Attributes:
        folder: of the learner's files: a project's root, or a git repository.
        solution: the folder of the course with the files of a solution.
        server: where scratch databases are made.
        practice: gives the practice database, which is filled when it is asked for first.
    """

    folder: Path
    solution: Path
    server: EmbeddedPostgres
    practice: Callable[[], PracticeDatabase] = field(repr=False)


def lay_out(exercise: Path, data: tuple[str, ...], folder: Path, root: Path) -> None:
    """Make an exercise's folder as it is at the start.

    Args:
        exercise: its folder in the course.
        data: files of the project, below its root, that it works on: copied to the same places.
        folder: the new one.
        root: of the project.

    Raises:
        SetupError: a file of the project is not there.
    """
    private_folder(folder)
    for name in data:
        _copy_data(root, name, folder)
    overlay(exercise / START, folder)


def overlay(source: Path, folder: Path) -> None:
    """Copy files over a folder; where they are the steps of a git repository, make it."""
    if (source / STEPS_FILE).is_file():
        make_repository(source / STEPS_FILE, folder)
        return
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)


def read_work(folder: Path, name: str) -> str:
    """A file of the learner's, held to what a spec is held to: no device, no link that leads out
    of the folder, not larger than 1 MiB.

    Raises:
        SetupError: it is not there, or is one of these.
    """
    try:
        return read_bounded(folder / name, folder).decode("utf-8-sig", errors="replace")
    except FileNotFoundError:
        raise SetupError(
            f"{name} is not there", remedy="put the exercise back: learn reset"
        ) from None
    except FileRefused as refused:
        raise SetupError(f"{name} {refused.problem}", remedy=refused.remedy) from None


def move_away(folder: Path) -> Path | None:
    """Keep what a learner did under another name beside it; None: there was nothing."""
    if not folder.exists():
        return None
    kept = folder.with_name(f"{folder.name}.{datetime.now(UTC):%Y%m%d-%H%M%S}")
    number = 1
    while kept.exists():
        number += 1
        kept = kept.with_name(f"{kept.name.split('_')[0]}_{number}")
    return folder.rename(kept)


def learner_files(folder: Path) -> Iterator[Path]:
    """All files that he may have changed, in order; of a repository what git keeps too. No link is
    followed."""
    every = sorted(folder.rglob("*"))
    yield from (path for path in every if path.is_file() and not path.is_symlink())


def _copy_data(root: Path, name: str, folder: Path) -> None:
    source = root / name
    if not source.is_file():
        raise SetupError(
            f"the exercise works on {name}, which is not in this project",
            remedy=f"put it back: git checkout -- {name}",
        )
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
