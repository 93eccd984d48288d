"""Proves a lesson: its start is not the solution, its solution passes, and mistakes get a message
that teaches.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medallion.course.attempt import Desk, find_missed
from medallion.course.lessons import Exercise, MistakeSpec
from medallion.course.repository import take_steps
from medallion.course.workplace import SOLUTION, lay_out, overlay

FEWEST_MISTAKES = 2


def prove(exercise: Exercise, desk: Desk) -> Iterator[str]:
    """What is wrong with an exercise; nothing where it is right.

    Args:
        exercise: of the course.
        desk: whose workspace is not touched.
    """
    with _texts(exercise, desk, None, solved=True) as found:
        yield from (f"the solution misses: {text}" for text in found)
    with _texts(exercise, desk, None, solved=False) as found:
        if next(found, None) is None:
            yield "it is passed as it starts"
    mistakes = exercise.spec.mistakes
    if len(mistakes) < FEWEST_MISTAKES:
        yield f"it shows {len(mistakes)} mistakes, {FEWEST_MISTAKES} are the fewest"
    for number, mistake in enumerate(mistakes, start=1):
        seen: list[str] = []
        with _texts(exercise, desk, mistake, solved=not mistake.steps) as found:
            if any(mistake.message in _note(text, seen) for text in found):
                continue
        said = " | ".join(seen) or "nothing"
        yield f"mistake {number} should get {mistake.message!r}, it gets: {said}"


def _note(text: str, seen: list[str]) -> str:
    seen.append(text)
    return text


@contextmanager
def _texts(
    exercise: Exercise, desk: Desk, mistake: MistakeSpec | None, *, solved: bool
) -> Iterator[Iterator[str]]:
    """The findings of an exercise's files, goal by goal as they are asked for."""
    with tempfile.TemporaryDirectory(prefix="medallion-course-") as made:
        folder = Path(made) / "work"
        lay_out(exercise.folder, exercise.spec.data, folder, desk.root)
        if solved:
            overlay(exercise.folder / SOLUTION, folder)
        if mistake is not None:
            _make(mistake, folder)
        missed = find_missed(exercise, desk.place(exercise, folder))
        yield (text for one in missed for text in one.findings)


def _make(mistake: MistakeSpec, folder: Path) -> None:
    for name, text in mistake.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, changes in mistake.change.items():
        path = folder / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes.items():
            if old not in text:
                raise ValueError(f"{name} of the solution has no {old!r}")
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    if mistake.steps:
        take_steps(mistake.steps, folder)
