"""A learner's attempt at an exercise: held against its goals, and written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from medallion.course.goals.base import Goal
from medallion.course.goals.query import QueryUnreadable
from medallion.course.lessons import Exercise, exercises_of, read_course
from medallion.course.practice import practice_of
from medallion.course.progress import Progress, ProgressFile, digest_of
from medallion.course.workplace import SOLUTION, Workplace, lay_out, move_away
from medallion.errors import MedallionError, SpecError
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.practice_database import PracticeDatabase

FIRST_HINT = 2
"""So many wrong tries come before a hint."""
_OF_SPELLING = "yaml-"
"""How the rules are named that say why a file is not YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A goal that is not reached: what was expected and found, why it matters, where to look.

    `is_unread`: the work has a mistake of spelling, so that nothing was tried yet.
    """

    findings: tuple[str, ...]
    why: str
    look: str
    is_unread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a check has ended. `hints`: those that are due, the latest last."""

    exercise: Exercise
    missed: tuple[Missed, ...]
    tries: int
    hints: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all goals are reached."""
        return not self.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A learner's workspace, and the course that it is for.

    Attributes:
        course: the folder of the lessons.
        root: the project, whose data they work on.
        workspace: the learner's own folder.
        practice: gives the practice database.
    """

    course: Path
    root: Path
    workspace: Path
    practice: Callable[[], PracticeDatabase]

    @classmethod
    def of(cls, root: Path, workspace: Path, say: Callable[[str], None]) -> Desk:
        """With the project's own course; `say` takes a line where something takes a while."""
        course = root / "course"
        return cls(
            course=course,
            root=root,
            workspace=workspace,
            practice=practice_of(course, root, say),
        )

    @property
    def progress(self) -> ProgressFile:
        """What was done so far."""
        return ProgressFile(self.workspace)

    def folder(self, exercise: Exercise) -> Path:
        """Where the learner does an exercise."""
        return self.workspace / exercise.lesson.folder.name / exercise.folder.name

    def place(self, exercise: Exercise, folder: Path | None = None) -> Workplace:
        """What the goals look at: the learner's folder, or another one."""
        return Workplace(
            folder=folder or self.folder(exercise),
            solution=exercise.folder / SOLUTION,
            server=EmbeddedPostgres(LocalPaths.of(project_root=self.root).postgres),
            practice=self.practice,
        )

    def start(self, exercise: Exercise) -> bool:
        """Make the folder of an exercise; False: it is there, and stays as it is."""
        folder = self.folder(exercise)
        if folder.exists():
            return False
        lay_out(exercise.folder, exercise.spec.data, folder, self.root)
        self.progress.note_start(exercise.name, digest_of(folder))
        return True

    def reset(self, exercise: Exercise) -> Path | None:
        """Put an exercise back to its start; where the learner's work is kept, if there was any."""
        kept = move_away(self.folder(exercise))
        self.progress.forget(exercise.name)
        self.start(exercise)
        return kept

    def following(self, exercise: Exercise) -> Exercise | None:
        """The first exercise behind this one that is not passed; None: there is none."""
        done = self.progress.read()
        every = [one for lesson in read_course(self.course).lessons for one in exercises_of(lesson)]
        behind = every[[one.name for one in every].index(exercise.name) + 1 :]
        return next((one for one in behind if not done.get(one.name, Progress()).passed_at), None)

    def check(self, exercise: Exercise) -> Outcome:
        """Hold the learner's work against the goals, and write the end down."""
        self.start(exercise)
        missed = judge_goals(exercise, self.place(exercise))
        if missed and all(one.is_unread for one in missed):
            noted = self.progress.of(exercise.name)
        else:
            files = digest_of(self.folder(exercise))
            noted = self.progress.note(exercise.name, files, passed=not missed)
        due = max(0, noted.tries - FIRST_HINT + 1) if missed else 0
        return Outcome(
            exercise=exercise, missed=missed, tries=noted.tries, hints=exercise.spec.hints[:due]
        )


def judge_goals(exercise: Exercise, place: Workplace) -> tuple[Missed, ...]:
    """The goals that are not reached, in their order."""
    return tuple(find_missed(exercise, place))


def find_missed(exercise: Exercise, place: Workplace) -> Iterator[Missed]:
    """The same, one after the other: whoever has seen enough need not judge the rest."""
    seen: set[str] = set()
    for goal in exercise.spec.goals:
        # A spec that is refused is refused for each goal.
        said, is_unread = _findings(goal, place)
        if texts := tuple(text for text in dict.fromkeys(said) if text not in seen):
            yield Missed(findings=texts, why=goal.why, look=goal.look, is_unread=is_unread)
        seen.update(texts)


def _findings(goal: Goal, place: Workplace) -> tuple[tuple[str, ...], bool]:
    """What a goal has found, and whether that is only how the work is spelt. What the learner wrote
    may be refused anywhere: that is a finding too."""
    try:
        return tuple(goal.judge(place)), False
    except SpecError as error:
        unread = all(issue.rule.startswith(_OF_SPELLING) for issue in error.issues)
        return tuple(issue.one_line() for issue in error.issues), unread
    except MedallionError as error:
        if error.retryable:
            raise
        return (str(error),), isinstance(error, QueryUnreadable)
