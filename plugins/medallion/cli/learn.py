"""`learn`: a course of lessons with exercises, which are checked by running what was written."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from medallion.cli import learn_report
from medallion.cli.arguments import project_folder
from medallion.cli.console import console as make_console
from medallion.course.attempt import Desk
from medallion.course.goals.query import ask_text
from medallion.course.goals.rows import print_rows
from medallion.course.lessons import Exercise, choose_exercises, exercises_of, read_course
from medallion.course.proof import prove
from medallion.errors import SetupError, SpecError
from medallion.local.paths import LocalPaths
from medallion.roots import PROJECT_ROOT

HELP = "learn to write specs: lessons of fifteen minutes, with exercises that are checked"
FOLDER = "learn"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which lesson."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="nothing: where you are; 3: a lesson; start 3, try 3.2, check 3.2, reset 3.2; "
        'sql "SELECT …": ask the practice tables; test 3: for who writes lessons',
    )
    parser.add_argument("--json", action="store_true", help="of check: for programs")
    parser.add_argument("--root", type=Path, default=PROJECT_ROOT, help="the project's folder")
    parser.add_argument(
        "--folder", type=Path, help="where your own files are; .medallion/learn by default"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it. 0: all that was checked is right; 1: something is not.

    Raises:
        SetupError: there is no such word, lesson or exercise.
        SpecError: a lesson is not right.
    """
    root = project_folder(arguments.root)
    state = LocalPaths.of(project_root=root)
    os.environ.setdefault("AIRFLOW_HOME", str(state.airflow_home))  # not the user's own Airflow
    folder = arguments.folder or state.state_root / FOLDER
    shown = make_console()
    say: Callable[[str], None] = (lambda text: None) if arguments.json else shown.print
    desk = Desk.of(root, folder.resolve(), say)
    words = list(arguments.words) or [""]
    verb, rest = ("show", words) if words[0][:1].isdigit() else (words[0], words[1:])
    if verb == "check":
        return _check(desk, _exercises(desk, rest), shown, as_json=arguments.json)
    if verb not in _VERBS:
        raise SetupError(
            f"`learn {verb}` is not a command",
            remedy="learn, learn 3, learn start 3, learn try 3.2, learn check 3.2, learn reset 3.2",
        )
    return _VERBS[verb](desk, rest, shown)


def _overview(desk: Desk, rest: Sequence[str], shown: Console) -> int:
    course = read_course(desk.course)
    learn_report.overview(shown, course, desk.progress.read())
    return 1 if course.issues else 0


def _show(desk: Desk, rest: Sequence[str], shown: Console) -> int:
    for one in _exercises(desk, rest)[:1]:
        learn_report.lesson(shown, one.lesson, desk)
    return 0


def _start(desk: Desk, rest: Sequence[str], shown: Console) -> int:
    exercises = _exercises(desk, rest)
    for one in exercises:
        desk.start(one)
    learn_report.lesson(shown, exercises[0].lesson, desk)
    return 0


def _try(desk: Desk, rest: Sequence[str], shown: Console) -> int:
    """Show what the learner's work gives, unjudged."""
    for one in _exercises(desk, rest):
        desk.start(one)
        learn_report.heading(shown, one)
        goals = (goal.show(desk.place(one), shown) for goal in one.spec.goals)
        if not any(goals):
            shown.print(f"There is nothing to run here: `learn check {one.name}`.")
    return 0


def _reset(desk: Desk, rest: Sequence[str], shown: Console) -> int:
    for one in _exercises(desk, rest):
        kept = desk.reset(one)
        shown.print(f"{one.name} is as it was at the start.")
        if kept is not None:
            shown.print(f"  What you had is in {kept}", soft_wrap=True)
    return 0


def _sql(desk: Desk, rest: Sequence[str], shown: Console) -> int:
    if len(rest) != 1:
        raise SetupError(
            "`learn sql` takes one query, in quotes",
            remedy='learn sql "SELECT brand, releases FROM silver_cinema.brands LIMIT 5"',
        )
    anywhere = exercises_of(read_course(desk.course).lessons[0])[0]
    print_rows(shown, ask_text(rest[0], desk.place(anywhere), "your query"))
    return 0


def _test(desk: Desk, rest: Sequence[str], shown: Console) -> int:
    """For whoever writes lessons."""
    course = read_course(desk.course)
    if course.issues:
        raise SpecError(course.issues)
    names = list(rest) or [str(one.number) for one in course.lessons]
    wrong = 0
    for name in names:
        for one in _exercises(desk, [name]):
            found = list(prove(one, desk))
            wrong += bool(found)
            learn_report.proof(shown, one, found)
    return 1 if wrong else 0


_VERBS: dict[str, Callable[[Desk, Sequence[str], Console], int]] = {
    "": _overview,
    "show": _show,
    "start": _start,
    "try": _try,
    "reset": _reset,
    "sql": _sql,
    "test": _test,
}


def _check(desk: Desk, exercises: Sequence[Exercise], shown: Console, *, as_json: bool) -> int:
    outcomes = []
    for one in exercises:
        outcome = desk.check(one)
        outcomes.append(outcome)
        if not as_json:
            learn_report.outcome(shown, outcome, desk)
    if as_json:
        print(json.dumps([learn_report.document(one) for one in outcomes], ensure_ascii=False))
    return 0 if all(one.passed for one in outcomes) else 1


def _exercises(desk: Desk, rest: Sequence[str]) -> tuple[Exercise, ...]:
    if len(rest) != 1:
        raise SetupError("which lesson?", remedy="name one: `learn 3`, or an exercise: `3.2`")
    return choose_exercises(read_course(desk.course), rest[0])
