"""Answers: what is said of a wrong one, and never the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.course.attempt import Desk
from medallion.course.goals.answers import AnswersGoal
from medallion.course.lessons import choose_exercises, read_course

GOAL = AnswersGoal.model_validate(
    {
        "type": "answers",
        "file": "a.yaml",
        "why": "because it is",
        "look": "here",
        "questions": {
            "part": {"value": 41.7, "within": 0.05},
            "name": {"value": "Marvel Comics", "mistakes": [{"value": "DC", "says": "The other."}]},
            "flag": {"value": True},
        },
    }
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("part: 41.72\nname: ' marvel  comics'\nflag: true", []),
        ("", ["`part` has no answer yet", "`name` has no answer yet", "`flag` has no answer yet"]),
        ("part: 42\nname: DC\nflag: true", [
            "`part`: you wrote 42. It is too high.", "`name`: you wrote DC. The other."]),
        ("part: 41.7 %\nname: x\nflag: 1", [
            "`part`: you wrote 41.7 %. It should be a number: digits,",
            "`name`: you wrote x. It is not what the data say.",
            "`flag`: you wrote 1. It is not what the data say."]),
        ("part: 41.7\nname: Marvel Comics\nflag: true\nmore: 1", [
            "`more` is not a question: the names in the file stay as they are"]),
        ("part: [", ["a.yaml, line "]),
    ],
)  # fmt: skip
def test_what_is_said_of_answers(text: str, said: list[str], desk: Desk, tmp_path: Path) -> None:
    (exercise,) = choose_exercises(read_course(desk.course), "1.1")
    (tmp_path / "a.yaml").write_text(text)
    found = list(GOAL.judge(desk.place(exercise, tmp_path)))
    assert len(found) == len(said)
    assert all(one.startswith(other) for one, other in zip(found, said, strict=True))
    assert not any("41.7." in one or "Marvel" in one for one in found)
