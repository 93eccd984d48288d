"""Lessons: found in the folders of `course/`, and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from medallion.course.goals.base import Texts
from medallion.course.goals.table import AnyGoal
from medallion.course.repository import Steps
from medallion.errors import Issue, SetupError, SpecError
from medallion.model import SpecModel
from medallion.spec.findings.issues import issues_of
from medallion.spec.messages.prose import findings
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused

LESSON_FILE = "lesson.yaml"
_FOLDER = re.compile(r"(?P<number>\d{2})-(?P<name>[a-z][a-z0-9-]*)")
_NAMED = re.compile(r"(?P<lesson>\d{1,2})(?:\.(?P<exercise>\d))?")


class MistakeSpec(SpecModel):
    """A mistake that people make: for the course's own tests, which hold that a message of it
    teaches something."""

    files: dict[str, str] = {}
    """Whole files, over those of the solution."""
    change: dict[str, dict[str, str]] = {}
    """By file of the solution, texts and what is in their places."""
    steps: Steps = ()
    """Of a repository: what is done after its start, instead of the solution."""
    message: str = Field(min_length=4)
    """A part of what the learner reads."""


class ExerciseSpec(SpecModel):
    """One exercise. Its files are in `exercise-N/start` and `exercise-N/solution`."""

    title: str
    task: str
    """What is to be done, in a sentence or two: the page says more."""
    edit: Texts = Field(min_length=1)
    """The files that the learner changes."""
    data: Texts = ()
    """Files of the project that it works on: the learner gets copies."""
    goals: Annotated[tuple[AnyGoal, ...], Field(strict=False, min_length=1)]
    hints: Texts = Field(min_length=1)
    """The first is shown after the second wrong try, the next after the third."""
    mistakes: Annotated[tuple[MistakeSpec, ...], Field(strict=False)] = ()


class LessonSpec(SpecModel):
    """A lesson of fifteen minutes."""

    title: str
    page: str
    """Its text, below the project's root."""
    able: Texts = Field(min_length=1)
    """What the learner can do afterwards."""
    exercises: Annotated[tuple[ExerciseSpec, ...], Field(strict=False, min_length=1, max_length=9)]

    @model_validator(mode="after")
    def _check_page(self) -> LessonSpec:
        if not self.page.endswith(".md"):
            raise ValueError("`page` is a file of Markdown")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A lesson and its folder, whose name begins with its number."""

    number: int
    folder: Path
    spec: LessonSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """An exercise of a lesson; numbers count from 1."""

    lesson: Lesson
    number: int
    spec: ExerciseSpec

    @property
    def name(self) -> str:
        """`3.2`: as commands take it."""
        return f"{self.lesson.number}.{self.number}"

    @property
    def folder(self) -> Path:
        """Of the course."""
        return self.lesson.folder / f"exercise-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The lessons that are right, by their numbers, and what is wrong with the others."""

    lessons: tuple[Lesson, ...]
    issues: tuple[Issue, ...] = ()


def read_course(course: Path) -> Course:
    """All lessons of a folder: one that is not right hides no other.

    Raises:
        SetupError: there is none.
    """
    found = {
        int(name["number"]): path.parent
        for path in sorted(course.glob(f"*/{LESSON_FILE}"))
        if (name := _FOLDER.fullmatch(path.parent.name))
    }
    if not course.is_dir():
        raise SetupError(
            f"there is no folder {course}",
            remedy="the course is in the project's repository, and not in the image of Airflow: "
            "clone it, and run `learn` there",
        )
    if not found:
        raise SetupError(
            f"there is no lesson in {course}", remedy=f"a lesson is a folder 01-name/{LESSON_FILE}"
        )
    lessons: list[Lesson] = []
    issues: list[Issue] = []
    for number, folder in sorted(found.items()):
        try:
            lessons.append(Lesson(number=number, folder=folder, spec=_read(folder, course)))
        except SpecError as error:
            issues += error.issues
    return Course(lessons=tuple(lessons), issues=tuple(issues))


def exercises_of(lesson: Lesson) -> tuple[Exercise, ...]:
    """The exercises of a lesson, in order."""
    return tuple(
        Exercise(lesson=lesson, number=number, spec=spec)
        for number, spec in enumerate(lesson.spec.exercises, start=1)
    )


def choose_exercises(course: Course, name: str) -> tuple[Exercise, ...]:
    """The exercises that `3` or `3.2` names.

    Raises:
        SetupError: there is no such lesson or exercise.
        SpecError: there may be, in a lesson that is not right.
    """
    return tuple(_choose(course, name))


def _choose(course: Course, name: str) -> Iterator[Exercise]:
    asked = _NAMED.fullmatch(name)
    number = int(asked["lesson"]) if asked else 0
    lesson = next((one for one in course.lessons if one.number == number), None)
    if asked is None or lesson is None:
        if course.issues:
            raise SpecError(course.issues)
        numbers = ", ".join(str(one.number) for one in course.lessons)
        raise SetupError(f"there is no lesson {name}", remedy=f"there are {numbers}: `learn 3`")
    exercises = exercises_of(lesson)
    if asked["exercise"] is None:
        yield from exercises
    elif not 1 <= int(asked["exercise"]) <= len(exercises):
        raise SetupError(
            f"lesson {lesson.number} has no exercise {name}",
            remedy=f"it has {exercises[0].name} to {exercises[-1].name}",
        )
    else:
        yield exercises[int(asked["exercise"]) - 1]


def _read(folder: Path, course: Path) -> LessonSpec:
    path = folder / LESSON_FILE
    name = str(path.relative_to(course.parent))
    data = path.read_bytes()
    try:
        return LessonSpec.model_validate(read_yaml(data))
    except ValidationError as invalid:
        found = findings(invalid.errors(include_url=False), LessonSpec)
        raise SpecError(issues_of(found, name, data)) from None
    except YamlRefused as refused:
        raise SpecError(
            [
                Issue(
                    path=name,
                    line=one.line,
                    column=one.column,
                    rule=one.rule,
                    problem=one.problem,
                    remedy=one.remedy,
                )
                for one in refused.problems
            ]
        ) from None
