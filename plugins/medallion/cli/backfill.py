"""`backfill DAG_ID --from … --to …`: previews the runs and requests of a backfill. Starts
nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from medallion.airflow.loader import plan_of
from medallion.cli.arguments import add_stretch, hold_to_dates, read_stretch, warehouse_url
from medallion.cli.console import console
from medallion.cli.named_pipeline import unknown_pipeline
from medallion.operations.backfill import (
    Forecast,
    Preview,
    PreviewedRun,
    Progress,
    backfill_progress,
    preview_backfill,
)
from medallion.prose import tally
from medallion.roots import project_root
from medallion.schedules.clock import zone_of
from medallion.warehouse.session.transaction import session

HELP = "show the runs of a backfill and what they would ask for, before it is started"

MOST_SHOWN = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`DAG_ID --from DATE [--to DATE] [--root DIR]`; `--to` is inclusive."""
    parser.add_argument("dag_id", help="<domain>.<pipeline>")
    add_stretch(parser)
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print the preview and the command that starts the backfill; returns 0.

    Raises:
        SetupError: a date cannot be read, they are in the wrong order, or the DAG has no intervals
            there.
    """
    hold_to_dates(arguments)
    try:
        plan = plan_of(arguments.dag_id, arguments.root)
    except FileNotFoundError:
        raise unknown_pipeline(arguments.dag_id, arguments.root) from None
    first, last = read_stretch(arguments, zone_of(plan.settings.timezone))
    with session(warehouse_url(), "reading the registry") as connection:
        preview = preview_backfill(connection, plan, first, last)
        ends = [one.planned.end for one in preview.runs]
        progress = backfill_progress(connection, plan, ends)
    show = console()
    show.print(_runs_table(preview.runs, plan.settings.timezone))
    for line in (*_summary(preview), *_progress(progress)):
        show.print(escape(line), soft_wrap=True)
    return 0


def _runs_table(runs: Sequence[PreviewedRun], timezone: str) -> Table:
    table, zone = Table(box=None, pad_edge=False), zone_of(timezone)
    for title in ("run", f"data interval ({timezone})", "so far", "asks for"):
        table.add_column(title, overflow="fold")
    hidden = range(MOST_SHOWN // 2, len(runs) - MOST_SHOWN // 2)
    for number, run in enumerate(runs, start=1):
        if number - 1 in hidden:
            if number - 1 == hidden[0]:
                table.add_row("…", f"{len(hidden)} more", "", "")
            continue
        planned, tables = run.planned, run.tables_published
        asks = "\n".join(f"{name}: {asked}" for name, asked in planned.asks)
        table.add_row(
            str(number),
            " – ".join(
                f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (planned.start, planned.end)
            ),
            f"{tally(tables, 'table')}, {tally(run.rows_published, 'row')}"
            if tables
            else "[dim]never run[/dim]",
            escape(asks),
        )
    return table


def _summary(preview: Preview) -> list[str]:
    many = "one at a time" if preview.at_once == 1 else f"{preview.at_once} at once"
    about = "" if preview.seconds is None else f", about {_time(preview.seconds)}"
    lines = ["", f"{tally(len(preview.runs), 'run')}, {many}{about}."]
    lines += [f"{one.dataset}: {_expect(one)}" for one in preview.forecasts]
    lines += ["", *(f"! {line}" for line in preview.conflicts())]
    first, last = preview.runs[0].planned.start, preview.runs[-1].planned.start
    lines += [
        "",
        "To start it: the trigger button of the DAG, tab Backfill; or",
        f"  airflow backfill create --dag-id {preview.dag_id} --from-date {first:%Y-%m-%dT%H:%M} "
        f"--to-date {last:%Y-%m-%dT%H:%M} --reprocess-behavior completed",
    ]
    return lines


def _progress(progress: Progress) -> list[str]:
    """How far a backfill of these intervals is; nothing where there is none."""
    if progress.waiting == progress.total:
        return []
    left = progress.seconds_left
    more = f", about {_time(left)} left" if left else ""
    return [
        "",
        f"A backfill has run: {progress.done} of {progress.total} runs done, {progress.failed} "
        f"failed, {progress.running} running, {progress.waiting} waiting{more}.",
    ]


def _expect(one: Forecast) -> str:
    """From what its last landings took."""
    if one.records is None:
        return "has never been landed: how much it brings is not known"
    parts = [f"about {one.records:,} records"]
    if one.requests:
        parts.append(f"about {one.requests:,} requests ({one.requests_a_run:g} a run)")
    landings = tally(one.landings, "landing")
    return f"{', '.join(parts)}; by its last {landings}, took {one.seconds:,.0f} s"


def _time(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
