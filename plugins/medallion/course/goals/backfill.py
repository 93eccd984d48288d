"""A goal that is the command of a backfill: the product's own preview says which runs it makes."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Literal, NoReturn

from rich.console import Console
from rich.markup import escape

from medallion.compiler.single import plan_of_pipeline
from medallion.course.goals.base import Goal
from medallion.course.workplace import Workplace, read_work
from medallion.durations import moment_of
from medallion.errors import MedallionError, SetupError
from medallion.operations.backfill import Preview, hold_in_order, preview_backfill
from medallion.prose import tally
from medallion.warehouse.session.transaction import session

_SHOWN = 20
NOW = datetime(2026, 2, 1, tzinfo=UTC)
"""When the course's story is: all its days are over."""


class CommandProblem(MedallionError):
    """The learner must act: what he wrote is not the command."""

    acts = "the learner"


class BackfillGoal(Goal):
    """A file with one command: `python -m medallion.cli backfill PIPELINE --from … --to …`."""

    type: Literal["backfill"]
    file: str
    pipeline: str
    first: date
    last: date
    """The first and the last day that have to run again."""

    def judge(self, place: Workplace) -> Iterator[str]:
        """Which days run and should not, and which should and do not."""
        asked = _read(read_work(place.folder, self.file), self.file)
        if asked.dag_id != self.pipeline:
            yield f"the pipeline should be {self.pipeline}, it is {asked.dag_id}"
            return
        preview = self._preview(asked, place)
        starts = [one.planned.start.date() for one in preview.runs]
        days = (self.last - self.first).days + 1
        if len(starts) != days:
            yield f"your backfill should make {days} runs, it makes {len(starts)}"
        if starts[0] != self.first:
            yield f"its first run should be of {self.first}, it is of {starts[0]}"
        if starts[-1] != self.last:
            yield f"its last run should be of {self.last}, it is of {starts[-1]}"

    def show(self, place: Workplace, console: Console) -> bool:
        """The runs of the command, and what each would read."""
        asked = _read(read_work(place.folder, self.file), self.file)
        preview = self._preview(asked, place)
        for one in preview.runs[:_SHOWN]:
            reads = "; ".join(text for _, text in one.planned.asks)
            console.print(f"  {one.planned.start:%Y-%m-%d}  {escape(reads)}", soft_wrap=True)
        console.print(f"{tally(len(preview.runs), 'run')}. Nothing is started.")
        return True

    def _preview(self, asked: argparse.Namespace, place: Workplace) -> Preview:
        first = _moment(asked.first, self.file)
        last = _moment(asked.last or asked.first, self.file)
        hold_in_order(first, last)
        plan = plan_of_pipeline(self.pipeline, place.folder)
        with session(place.practice().owner_url, "reading the registry") as connection:
            return preview_backfill(connection, plan, first, last, now=NOW)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandProblem(
            f"the command is not complete: {message}",
            remedy="`python -m medallion.cli backfill --help` shows what it takes",
        )


def _read(text: str, name: str) -> argparse.Namespace:
    lines = [line.strip() for line in text.splitlines()]
    commands = [line for line in lines if line and not line.startswith("#")]
    if not commands:
        raise CommandProblem(f"{name} holds no command yet", remedy="write it below the comments")
    if len(commands) > 1:
        raise CommandProblem(f"{name} holds {len(commands)} lines", remedy="write one command")
    try:
        words = shlex.split(commands[0])
    except ValueError:
        raise CommandProblem(f"{name}: a quote is not closed", remedy="close it") from None
    if "backfill" not in words:
        raise CommandProblem(
            f"{name} holds another command", remedy="python -m medallion.cli backfill …"
        )
    parser = _Parser(prog="backfill", add_help=False)
    parser.add_argument("dag_id")
    parser.add_argument("--from", dest="first", required=True)
    parser.add_argument("--to", dest="last")
    parser.add_argument("--root")
    return parser.parse_args(words[words.index("backfill") + 1 :])


def _moment(text: str, name: str) -> datetime:
    try:
        return moment_of(datetime.fromisoformat(text))
    except ValueError:
        raise SetupError(f"{name}: {text!r} is not a date", remedy="write 2026-01-31") from None
