"""`backfill DAG_ID --from … --to …`: previews the runs and requests of a backfill. Starts
nothing."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from medallion.airflow.loader import plan_of
from medallion.cli.arguments import warehouse_url
from medallion.cli.console import console
from medallion.errors import SetupError
from medallion.plan.backfill import PlannedRun, planned_runs
from medallion.plan.model import LandStep, Plan
from medallion.roots import PROJECT_ROOT
from medallion.warehouse.registry.backfill_history import (
    DatasetHistory,
    history_of,
    published_intervals,
)
from medallion.warehouse.session.transaction import session

HELP = "show the runs of a backfill and what they would ask for, before it is started"

MOST_SHOWN = 40
MOST_RUNS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`DAG_ID --from DATE [--to DATE] [--root DIR]`; `--to` is inclusive."""
    parser.add_argument("dag_id", help="<domain>.<pipeline>")
    parser.add_argument(
        "--from", dest="first", required=True, metavar="DATE", help="first start of an interval"
    )
    parser.add_argument(
        "--to", dest="last", metavar="DATE", help="last start, itself included; --from by default"
    )
    parser.add_argument("--root", type=Path, default=PROJECT_ROOT, help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print the preview and the command that starts the backfill; returns 0.

    Raises:
        SetupError: a date cannot be read, or the DAG has no intervals there.
    """
    try:
        plan = plan_of(arguments.dag_id, arguments.root)
    except FileNotFoundError as error:
        raise SetupError(str(error), remedy="`make plan` shows what there is") from None
    first = _moment(arguments.first)
    last = _moment(arguments.last or arguments.first)
    runs = _bounded(plan, first, last)
    groups = [task.group for task in plan.tasks if isinstance(task.step, LandStep)]
    with session(warehouse_url(), "reading the registry") as connection:
        published = published_intervals(connection, arguments.dag_id)
        history = {name: history_of(connection, arguments.dag_id, name) for name in groups}
    show = console()
    show.print(_runs_table(runs, published))
    for line in _summary(plan, runs, history):
        show.print(escape(line), soft_wrap=True)
    return 0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SetupError(
            f"{text!r} is not a date", remedy="write 2026-01-31, or 2026-01-31T06:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bounded(plan: Plan, first: datetime, last: datetime) -> list[PlannedRun]:
    runs = []
    for planned in planned_runs(plan, first, last):
        runs.append(planned)
        if len(runs) > MOST_RUNS:
            raise SetupError(
                f"these are more than {MOST_RUNS:,} runs", remedy="ask for a shorter stretch"
            )
    if not runs:
        raise SetupError(
            f"no data interval of {plan.dag_id} starts between {first:%Y-%m-%d %H:%M} and "
            f"{last:%Y-%m-%d %H:%M}",
            remedy=f"its schedule is {plan.settings.schedule}",
        )
    return runs


def _runs_table(runs: Sequence[PlannedRun], published: Mapping[datetime, int]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("run", "data interval (UTC)", "so far", "asks for"):
        table.add_column(title, overflow="fold")
    hidden = range(MOST_SHOWN // 2, len(runs) - MOST_SHOWN // 2)
    for number, planned in enumerate(runs, start=1):
        if number - 1 in hidden:
            if number - 1 == hidden[0]:
                table.add_row("…", f"{len(hidden)} more", "", "")
            continue
        tables = published.get(planned.end, 0)
        asks = "\n".join(f"{name}: {asked}" for name, asked in planned.asks)
        table.add_row(
            str(number),
            f"{planned.start:%Y-%m-%d %H:%M} – {planned.end:%Y-%m-%d %H:%M}",
            f"{tables} tables published" if tables else "[dim]never run[/dim]",
            escape(asks),
        )
    return table


def _summary(
    plan: Plan, runs: Sequence[PlannedRun], history: Mapping[str, DatasetHistory]
) -> list[str]:
    most = plan.settings.max_active_runs
    many = "one at a time" if most == 1 else f"{most} at once"
    lines = ["", f"{_counted(len(runs), 'run')}, {many}."]
    for name, known in history.items():
        lines.append(f"{name}: {_expected(known, len(runs))}")
    first, last = runs[0].start, runs[-1].start
    lines += [
        "",
        "To start it: the trigger button of the DAG, tab Backfill; or",
        f"  airflow backfill create --dag-id {plan.dag_id} --from-date {first:%Y-%m-%dT%H:%M} "
        f"--to-date {last:%Y-%m-%dT%H:%M} --reprocess-behavior completed",
    ]
    return lines


def _expected(known: DatasetHistory, runs: int) -> str:
    """From what its last landings took."""
    if not known.records:
        return "has never been landed: nobody knows how much it brings"
    parts = [f"about {round(statistics.median(known.records) * runs):,} records"]
    if known.requests:
        each = statistics.median(known.requests)
        parts.append(f"about {round(each * runs):,} requests ({each:g} a run)")
    landings = _counted(len(known.records), "landing")
    return f"{', '.join(parts)}; by its last {landings}, took {known.seconds * runs:,.0f} s"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
