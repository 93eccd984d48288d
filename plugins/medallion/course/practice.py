"""The practice tables: the shipped domains' files, published by pipelines of the course's own."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from medallion.compiler.single import plan_of_pipeline
from medallion.errors import SetupError
from medallion.local.paths import LocalPaths
from medallion.local.practice_database import PracticeDatabase, practice_database
from medallion.model import SpecModel
from medallion.operations.surroundings import Surroundings
from medallion.spec.yaml.loader import read_yaml
from medallion.workbench.preview import run_for
from medallion.workbench.scratch import Scratch, surround
from medallion.workbench.tries import try_tasks

FOLDER = "practice"
RUNS_FILE = "runs.yaml"
KEY = "the key of every exercise: equal values have equal hashes"


class PracticeRuns(SpecModel):
    """runs.yaml: what the practice database is made of."""

    data: list[str]
    """Files of the project that its pipelines read."""
    days: list[str]
    """Days, `2026-01-05`, for which a pipeline with data of each day runs."""
    runs: dict[str, str]
    """Pipelines in their order, each with `days` or `once`."""


def practice_of(
    course: Path, root: Path, say: Callable[[str], None]
) -> Callable[[], PracticeDatabase]:
    """What gives the practice database: it is filled when somebody asks for it first.

    Args:
        course: the folder of the course.
        root: of the project whose files are published in it.
        say: takes a line where that takes a while.
    """

    @cache
    def ask() -> PracticeDatabase:
        folder = course / FOLDER
        runs = PracticeRuns.model_validate(read_yaml((folder / RUNS_FILE).read_bytes()))
        files = list(_files(folder, root, runs))

        def fill(owner_url: str) -> None:
            say("The practice tables are made, once: about half a minute.")
            _fill(owner_url, files, runs)

        return practice_database(LocalPaths.of(project_root=root), _digest(files), fill)

    return ask


def surroundings_of(project: Path, scratch: Scratch) -> Surroundings:
    """Of an exercise: no connection leads anywhere, and nothing is logged."""
    return surround(project, scratch, key=KEY, logger="medallion.course", level=logging.CRITICAL)


def _files(folder: Path, root: Path, runs: PracticeRuns) -> Iterator[tuple[str, Path]]:
    """The practice project's files by their paths in it."""
    for name in runs.data:
        if not (root / name).is_file():
            raise SetupError(
                f"the course works on {name}, which is not in this project",
                remedy=f"put it back: git checkout -- {name}",
            )
        yield name, root / name
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path


def _digest(files: list[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _fill(owner_url: str, files: list[tuple[str, Path]], runs: PracticeRuns) -> None:
    with tempfile.TemporaryDirectory(prefix="medallion-practice-") as made:
        project = Path(made) / "project"
        for name, path in files:
            target = project / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        (Path(made) / "lake").mkdir(mode=0o700)
        scratch = Scratch(warehouse_url=owner_url, folder=Path(made))
        for name, how in runs.runs.items():
            for day in runs.days if how == "days" else runs.days[-1:]:
                _run(name, datetime.fromisoformat(day).replace(tzinfo=UTC), project, scratch)


def _run(name: str, day: datetime, project: Path, scratch: Scratch) -> None:
    plan = plan_of_pipeline(name, project)
    run = run_for(plan, day if plan.settings.schedule else None, day)
    tried = try_tasks(plan, plan.tasks, run, scratch, surroundings_of(project, scratch))
    for one in tried:
        if one.error is not None:
            raise one.error
