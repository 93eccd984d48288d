"""The course in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from rich.console import Console
from rich.markup import escape

from medallion.course.attempt import Desk, Outcome
from medallion.course.lessons import Course, Exercise, Lesson, exercises_of
from medallion.course.progress import Progress

_WIDTH = 88
_LEARN = "python -m medallion.cli learn"


def overview(shown: Console, course: Course, done: Mapping[str, Progress]) -> None:
    """All lessons with their exercises, and what comes next."""
    shown.print("[bold]Medallion, a course in lessons of fifteen minutes[/bold]\n")
    following = None
    width = max(len(one.spec.title) for one in course.lessons)
    for one in course.lessons:
        marks = [_mark(done.get(exercise.name)) for exercise in exercises_of(one)]
        shown.print(f"  {one.number}  {escape(one.spec.title):<{width}} {' '.join(marks)}")
        if following is None and not all(mark.startswith("[green]") for mark in marks):
            following = one
    for issue in course.issues:
        shown.print(f"[red]✗[/red] {escape(issue.one_line())}", soft_wrap=True)
    if following is None:
        shown.print("\n[green]All exercises are passed.[/green]")
        return
    shown.print(f"\nNext: {escape(following.spec.title)}. Read {following.spec.page}, then")
    shown.print(f"  {_LEARN} start {following.number}")


def lesson(shown: Console, one: Lesson, desk: Desk) -> None:
    """A lesson: what it is about, its page, and its exercises with the files to change."""
    done = desk.progress.read()
    shown.print(f"[bold]{one.number}. {escape(one.spec.title)}[/bold]")
    shown.print("\nAfterwards you can")
    for text in one.spec.able:
        shown.print(f"  · {escape(text)}")
    shown.print(f"\nThe text: {desk.root / one.spec.page}", soft_wrap=True)
    for exercise in exercises_of(one):
        mark = _mark(done.get(exercise.name))
        shown.print(f"\n{mark} [bold]{exercise.name} {escape(exercise.spec.title)}[/bold]")
        shown.print(escape(_wrap(exercise.spec.task)))
        folder = desk.folder(exercise)
        if folder.exists():
            for name in exercise.spec.edit:
                shown.print(f"    change: {folder / name}", soft_wrap=True)
            shown.print(f"    check:  {_LEARN} check {exercise.name}")
    if not desk.folder(exercises_of(one)[0]).exists():
        shown.print(f"\nBegin: {_LEARN} start {one.number}")


def heading(shown: Console, exercise: Exercise) -> None:
    """An exercise's number and title."""
    shown.print(f"[bold]{exercise.name} {escape(exercise.spec.title)}[/bold]")


def outcome(shown: Console, found: Outcome, desk: Desk) -> None:
    """How a check has ended: what was expected and found, why, where to look, hints when due."""
    exercise = found.exercise
    mark = "[green]✓[/green]" if found.passed else "[red]✗[/red]"
    shown.print(f"{mark} [bold]{exercise.name} {escape(exercise.spec.title)}[/bold]")
    if found.passed:
        following = desk.following(exercise)
        if following is not None:
            shown.print(f"  Next: {following.name} {escape(following.spec.title)}")
        return
    for missed in found.missed:
        for text in missed.findings:
            first, *more = text.splitlines() or [""]
            shown.print(f"    {escape(first)}", soft_wrap=True)
            for line in more:
                shown.print(f"      {escape(line)}", soft_wrap=True)
        shown.print(f"  [italic]Why it matters:[/italic] {escape(missed.why)}", soft_wrap=True)
        shown.print(f"  [italic]Where to look:[/italic] {escape(missed.look)}", soft_wrap=True)
    for hint in found.hints:
        shown.print(f"  [yellow]Hint:[/yellow] {escape(hint)}", soft_wrap=True)
    files = ", ".join(str(desk.folder(exercise) / name) for name in exercise.spec.edit)
    shown.print(f"  [dim]You change: {files}[/dim]", soft_wrap=True)


def document(found: Outcome) -> dict[str, Any]:
    """The same for programs."""
    return {
        "exercise": found.exercise.name,
        "passed": found.passed,
        "tries": found.tries,
        "missed": [
            {"findings": list(one.findings), "why": one.why, "look": one.look}
            for one in found.missed
        ],
        "hints": list(found.hints),
    }


def proof(shown: Console, exercise: Exercise, found: Sequence[str]) -> None:
    """Whether an exercise is right itself."""
    mark = "[red]✗[/red]" if found else "[green]✓[/green]"
    shown.print(f"{mark} {exercise.name} {escape(exercise.spec.title)}")
    for text in found:
        shown.print(f"    {escape(text)}", soft_wrap=True)


def _mark(done: Progress | None) -> str:
    if done is not None and done.passed_at:
        return "[green]✓[/green]"
    return "[yellow]…[/yellow]" if done is not None and done.tries else "[dim]·[/dim]"


def _wrap(text: str) -> str:
    return fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")
