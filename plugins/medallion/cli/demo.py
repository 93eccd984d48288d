"""`demo [DOMAIN]`: runs a sample domain from its sources to its gold tables."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from medallion.cli import demo_report, live_run
from medallion.cli.console import console as make_console
from medallion.cli.sample_sources import sample_sources
from medallion.cli.showcases import SHOWCASES, Showcase
from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.local import stack
from medallion.local.environment import airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.roles import ensure_local_roles
from medallion.local.settings import StackSettings, prepare
from medallion.plan.make import make_plan
from medallion.private_files import CLOSED_UMASK, open_private, private_folder
from medallion.warehouse.session.transaction import autocommit_session
from medallion.warehouse.tables.run_overview import RunName

HELP = "run a domain and show its gold tables"
POLL_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[DOMAIN]`; cinema by default."""
    parser.add_argument("domain", nargs="?", choices=SHOWCASES, default="cinema")


def run(arguments: argparse.Namespace) -> int:
    """Run the domain and print its tables. 0 if every run succeeded, else 1."""
    console = make_console()
    paths = LocalPaths.of()
    began = time.monotonic()
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    showcase = SHOWCASES[arguments.domain](midnight)
    console.print(f"[bold]Medallion[/bold]: {showcase.title}\n")
    settings = prepare(paths)
    console.print(f"  ✓ PostgreSQL runs  [dim]{paths.postgres}[/dim]")
    run_it = _live if stack.is_up(paths) else _here
    succeeded, runs = run_it(settings, showcase, console)
    demo_report.show(console, settings, showcase, runs, succeeded=succeeded)
    console.print(f"\n[dim]{time.monotonic() - began:.0f} s in all.[/dim]")
    return 0 if succeeded else 1


def _live(
    settings: StackSettings, showcase: Showcase, console: Console
) -> tuple[bool, list[RunName]]:
    """Through the Airflow that `make up` has started: its scheduler would disturb a run here."""
    if len(showcase.runs) > 1:
        names = ", ".join(dict.fromkeys(str(run.dag_id) for run in showcase.runs))
        raise SetupError(
            f"Airflow runs at {settings.api_url}: there these DAGs run by themselves, day by day",
            remedy=f"unpause them in its UI: {names}. Or `make down`, and this again",
        )
    _prepare_databases(settings, console)
    console.print(f"  ✓ Airflow runs: the DAG is triggered there  [dim]{settings.api_url}[/dim]\n")
    dag_id = str(showcase.runs[0].dag_id)
    run = live_run.trigger(settings, dag_id)
    progress = demo_report.Progress(console, dag_id, run.run_id)
    with autocommit_session(settings.databases.warehouse_url, "watching the run") as warehouse:
        while not run.has_finished():
            progress.show(warehouse)
            time.sleep(POLL_SECONDS)
        progress.show(warehouse)
    return run.has_succeeded(), [(dag_id, run.run_id)]


def _here(
    settings: StackSettings, showcase: Showcase, console: Console
) -> tuple[bool, list[RunName]]:
    """Real operators and task instances in a process of their own, without a scheduler."""
    keys = [(str(run.dag_id), run.run_id) for run in showcase.runs]
    progresses = _progresses(settings, keys, console)
    log_file = settings.paths.logs / "demo.log"
    private_folder(log_file.parent)
    with ExitStack() as opened:
        child = opened.enter_context(_waiting_runs(settings, showcase, log_file))
        _prepare_databases(settings, console)
        opened.enter_context(
            sample_sources(settings, {run.dag_id.domain for run in showcase.runs}, console.print)
        )
        warehouse = opened.enter_context(
            autocommit_session(settings.databases.warehouse_url, "watching the runs")
        )
        for progress in progresses:
            progress.forget_earlier(warehouse)
        console.print(f"  … Airflow loads  [dim]log: {log_file}[/dim]\n")
        _begin(child)
        ended = False
        while not ended:
            ended = child.poll() is not None  # before the last look, so that it sees everything
            for progress in progresses:
                progress.show(warehouse)
            time.sleep(POLL_SECONDS)
    return child.returncode == 0, keys


def _prepare_databases(settings: StackSettings, console: Console) -> None:
    stack.migrate(settings, lambda text: console.print(f"  … {text}"))
    ensure_local_roles(settings.paths)


@contextmanager
def _waiting_runs(
    settings: StackSettings, showcase: Showcase, log_file: Path
) -> Iterator[subprocess.Popen[str]]:
    """The process of the runs, which imports what they need and begins at a line of input.

    The databases are prepared meanwhile: each takes some seconds of one processor. It ends with the
    block, at the latest: without the line it does nothing.
    """
    words = [word for run in showcase.runs for word in (str(run.dag_id), run.moment.isoformat())]
    with open_private(log_file) as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "medallion.airflow.run_once", *words],
            env={**os.environ, **airflow_environment(settings)},
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            umask=CLOSED_UMASK,
            text=True,
        )
    with child:
        yield child


def _begin(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None  # noqa: S101  # a pipe
    with contextlib.suppress(BrokenPipeError):  # it has ended: its exit code says so
        child.stdin.write("begin\n")
        child.stdin.close()


def _progresses(
    settings: StackSettings, keys: list[RunName], console: Console
) -> list[demo_report.Progress]:
    """Of one run each task is shown, of many each run."""
    if len(keys) == 1:
        return [demo_report.Progress(console, *keys[0])]
    root = settings.paths.project_root
    plans = [make_plan(loaded) for loaded in read_project(root).specs]
    tasks = {str(plan.dag_id): len(plan.tasks) for plan in plans}
    return [
        demo_report.BriefProgress(console, dag_id, run_id, tasks[dag_id]) for dag_id, run_id in keys
    ]
