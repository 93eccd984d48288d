"""Commands that are not the one asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.course.attempt import Desk
from medallion.course.goals.backfill import BackfillGoal
from medallion.course.lessons import choose_exercises, read_course
from medallion.errors import MedallionError


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# nothing\n", "holds no command yet"),
        ("backfill a.b --from 2026-01-01\nbackfill a.c", "write one command"),
        ("python -m medallion.cli preview a.b", "another command"),
        ("backfill finance.banking", "--from"),
        ('backfill finance.banking --from "2026', "a quote is not closed"),
        ("backfill finance.banking --from 7/1/2026", "is not a date"),
        ("backfill finance.banking --from 2026-01-09 --to 2026-01-07", "is before"),
    ],
)
def test_a_command_that_is_not_complete(text: str, said: str, desk: Desk, tmp_path: Path) -> None:
    (exercise,) = choose_exercises(read_course(desk.course), "7.1")
    goal = exercise.spec.goals[0]
    assert isinstance(goal, BackfillGoal)
    (tmp_path / goal.file).write_text(text)
    with pytest.raises(MedallionError, match=said):
        list(goal.judge(desk.place(exercise, tmp_path)))
