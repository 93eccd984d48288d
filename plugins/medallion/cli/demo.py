"""`demo`: the cinema pipeline from its sources to its gold tables, with one command."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import psycopg
from rich.console import Console

from medallion.cli import demo_report, live_run
from medallion.cli.console import console as make_console
from medallion.local import stack
from medallion.local.environment import airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.roles import ensure_local_roles
from medallion.local.settings import StackSettings, prepare
from medallion.names import DagId
from medallion.replay.server import ReplayServer

HELP = "run the cinema pipeline and show its gold tables"
DAG_ID = DagId("cinema", "box_office")
POLL_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(arguments: argparse.Namespace) -> int:
    """Run it and show it. 0 when every gold table has been published."""
    console = make_console()
    paths = LocalPaths.of()
    began = time.monotonic()
    console.print("[bold]Medallion[/bold]: TMDB × film brands, from the sources to gold\n")
    settings = prepare(paths)
    console.print(f"  ✓ PostgreSQL runs  [dim]{paths.postgres}[/dim]")
    stack.migrate(settings, lambda text: console.print(f"  … {text}"))
    ensure_local_roles(paths)
    run_it = _live if stack.is_up(paths) else _here
    succeeded, run_id = run_it(settings, console)
    demo_report.show(console, settings, DAG_ID, run_id, succeeded=succeeded)
    console.print(f"\n[dim]{time.monotonic() - began:.0f} s in all.[/dim]")
    return 0 if succeeded else 1


def _live(settings: StackSettings, console: Console) -> tuple[bool, str]:
    """Through the Airflow that `make up` has started: its scheduler would disturb a run here."""
    console.print(f"  ✓ Airflow runs: the DAG is triggered there  [dim]{settings.api_url}[/dim]\n")
    run = live_run.trigger(settings, str(DAG_ID))
    progress = demo_report.Progress(console, str(DAG_ID), run.run_id)
    with psycopg.connect(settings.databases.warehouse_url, autocommit=True) as warehouse:
        while not run.finished():
            progress.show(warehouse)
            time.sleep(POLL_SECONDS)
        progress.show(warehouse)
    return run.succeeded(), run.run_id


def _here(settings: StackSettings, console: Console) -> tuple[bool, str]:
    """Real operators and task instances in a process of their own, without a scheduler."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    progress = demo_report.Progress(console, str(DAG_ID), f"manual__{midnight.isoformat()}")
    log_file = settings.paths.logs / "demo.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        opened.enter_context(_replay(settings, console))
        out = opened.enter_context(log_file.open("wb"))
        warehouse = opened.enter_context(
            psycopg.connect(settings.databases.warehouse_url, autocommit=True)
        )
        progress.forget_earlier(warehouse)
        console.print(f"  … Airflow loads  [dim]log: {log_file}[/dim]\n")
        child = subprocess.Popen(
            [sys.executable, "-m", "medallion.airflow.run_once", str(DAG_ID), midnight.isoformat()],
            env={**os.environ, **airflow_environment(settings)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        while child.poll() is None:
            progress.show(warehouse)
            time.sleep(POLL_SECONDS)
        progress.show(warehouse)
    return child.returncode == 0, progress.run_id


@contextmanager
def _replay(settings: StackSettings, console: Console) -> Iterator[None]:
    """The bundled stand-in for TMDB, unless a token for the real one was given."""
    if not settings.uses_replay:
        console.print("  ✓ TMDB itself is asked: a token was given")
        yield
        return
    with ReplayServer(port=settings.ports.replay) as server:
        console.print(f"  ✓ TMDB's replay answers  [dim]{server.base_url}[/dim]")
        yield
