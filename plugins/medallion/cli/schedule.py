"""`schedule DAG_ID`: the next runs of a pipeline, and the days on which its calendar has none."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from medallion.airflow.loader import plan_of
from medallion.cli.arguments import moment_of_word
from medallion.cli.named_pipeline import unknown_pipeline
from medallion.errors import SetupError
from medallion.plan.model import Plan
from medallion.plan.next_runs import MOST_RUNS, Timing, describe_run
from medallion.prose import tally
from medallion.roots import project_root
from medallion.schedules.clock import moment_in, zone_of

HELP = "show when a pipeline runs next, and for which time"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`DAG_ID [--from DATE] [--runs N] [--root DIR]`; the next ten by default."""
    parser.add_argument("dag_id", help="<domain>.<pipeline>")
    parser.add_argument(
        "--from",
        dest="first",
        metavar="DATE",
        help="as if it were this day, or time; now by default",
    )
    parser.add_argument("--runs", type=int, default=10, help="how many: 10 by default")
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each of the next runs; returns 0. It asks no server, so it does not know
    what has run.

    Raises:
        SetupError: there is no such pipeline, or the date cannot be read.
    """
    if not 1 <= arguments.runs <= MOST_RUNS:
        raise SetupError(f"--runs is {arguments.runs}", remedy=f"write 1 to {MOST_RUNS:,}")
    try:
        plan = plan_of(arguments.dag_id, arguments.root)
    except FileNotFoundError:
        raise unknown_pipeline(arguments.dag_id, arguments.root) from None
    now = datetime.now(UTC)
    if arguments.first:
        now = moment_in(moment_of_word(arguments.first), zone_of(plan.settings.timezone))
    for line in describe_next_runs(plan, now, arguments.runs):
        print(line)
    return 0


def describe_next_runs(plan: Plan, now: datetime, most: int) -> Iterator[str]:
    """What the command prints, by the pipeline's clock."""
    timing, settings = Timing.of(plan.settings), plan.settings
    if timing is None:
        yield f"{plan.dag_id} has no clock: it runs {describe_trigger(plan)}"
        return
    yield f"{plan.dag_id} runs by {timing.schedule}"
    runs = timing.next_runs(now, most)
    yield from (f"  {describe_run(one, settings.timezone)}" for one in runs)
    if len(runs) < most:
        end = settings.end_date
        yield f"  {tally(len(runs), 'run')} in all" + (", up to its end_date" if end else "")


def describe_trigger(plan: Plan) -> str:
    """What starts a pipeline that has no clock."""
    condition = plan.settings.condition
    return f"after {condition}" if condition else "by hand only"
