"""The course itself: each solution passes, each start and each usual mistake gets its message."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from medallion.course.attempt import Desk
from medallion.course.lessons import (
    Exercise,
    Lesson,
    choose_exercises,
    exercises_of,
    read_course,
)
from medallion.course.proof import prove
from medallion.errors import SetupError, SpecError
from medallion.roots import PROJECT_ROOT

COURSE = read_course(PROJECT_ROOT / "course")
LESSONS = COURSE.lessons
EXERCISES = [one for lesson in LESSONS for one in exercises_of(lesson)]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_an_exercise_is_what_it_says(exercise: Exercise, desk: Desk) -> None:
    assert list(prove(exercise, desk)) == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.folder.name)
def test_a_page_has_the_exercises_of_its_lesson_and_no_solution(lesson: Lesson) -> None:
    page = (PROJECT_ROOT / lesson.spec.page).read_text(encoding="utf-8")
    named = re.findall(r"^\*\*(\d\.\d) (.+?)[.?]\*\*", page, re.M)
    exercises = exercises_of(lesson)
    assert named == [(one.name, one.spec.title.rstrip("?")) for one in exercises]
    for one in exercises:
        for path in (one.folder / "solution").rglob("*"):
            if path.is_file():
                assert path.read_text(encoding="utf-8").strip() not in page


def test_there_are_eight_lessons_of_three_exercises() -> None:
    assert [lesson.number for lesson in LESSONS] == list(range(1, 9))
    assert len(EXERCISES) == 24


def test_a_lesson_or_an_exercise_is_chosen_by_its_number() -> None:
    assert [one.name for one in choose_exercises(COURSE, "3")] == ["3.1", "3.2", "3.3"]
    assert [one.name for one in choose_exercises(COURSE, "3.2")] == ["3.2"]
    with pytest.raises(SetupError, match=r"it has 3\.1 to 3\.3"):
        choose_exercises(COURSE, "3.9")
    with pytest.raises(SetupError, match="there is no lesson nine"):
        choose_exercises(COURSE, "nine")


def test_a_lesson_that_is_not_right_is_refused_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "course" / "09-ours"
    folder.mkdir(parents=True)
    (folder / "lesson.yaml").write_text(
        "title: Ours\npage: ours.md\nable: [read]\nexercises:\n"
        "  - {title: One, task: Do, edit: [a], hints: [h], goals: [{type: queri, file: a}]}\n"
    )
    (tmp_path / "course" / "01-sql").symlink_to(PROJECT_ROOT / "course" / "01-sql")
    course = read_course(tmp_path / "course")
    assert [one.number for one in course.lessons] == [1], "it hides no other"
    issue = course.issues[0]
    assert (issue.path, issue.line) == ("course/09-ours/lesson.yaml", 5)
    assert "queri" in issue.problem
    assert choose_exercises(course, "1.1")
    with pytest.raises(SpecError, match="queri"):
        choose_exercises(course, "9")


def test_a_course_without_a_lesson_says_so(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no lesson in"):
        read_course(tmp_path)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.folder.name)
def test_the_french_page_has_the_same_exercises(lesson: Lesson) -> None:
    path = PROJECT_ROOT / "docs" / "fr" / "course" / Path(lesson.spec.page).name
    named = re.findall(r"^\*\*(\d\.\d) .+?[.?]\*\*", path.read_text(encoding="utf-8"), re.M)
    assert named == [one.name for one in exercises_of(lesson)]
