"""The demo's output: each step as it ends, then tables, gates and where to look next."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from medallion.cli.showcases import Showcase
from medallion.local.settings import StackSettings
from medallion.prose import tally
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables import run_overview
from medallion.warehouse.tables.run_overview import Rows, RunName

ROWS_SHOWN = 8


class Progress:
    """Prints each task of a run once, as it ends."""

    def __init__(self, console: Console, dag_id: str, run_id: str) -> None:
        self._console = console
        self._dag_id = dag_id
        self.run_id = run_id
        self._told: set[str] = set()

    def forget_earlier(self, warehouse: Session) -> None:
        """Delete the records of an earlier run with this id, so that they are not shown as this
        run's."""
        run_overview.forget_tasks(warehouse, self._dag_id, self.run_id)

    def show(self, warehouse: Session) -> None:
        """Print the tasks that ended since the last call."""
        for record in registry.task_records(warehouse, self._dag_id, self.run_id):
            if record.task_id in self._told:
                continue
            self._told.add(record.task_id)
            mark = "[green]✓[/green]" if record.status == "success" else "[red]✗[/red]"
            seconds = (record.finished_at - record.started_at).total_seconds()
            rows = "" if record.rows_out is None else f"{tally(record.rows_out, 'row'):>12}"
            aside = f", {record.rows_quarantined} quarantined" if record.rows_quarantined else ""
            twice = f", {record.rows_deduplicated} duplicates" if record.rows_deduplicated else ""
            self._console.print(
                f"  {mark} {record.task_id:<28} {seconds:>6.2f} s  {rows}{aside}{twice}"
            )
            if record.error:
                self._console.print(f"    [red]{record.error}[/red]", markup=True)


class BriefProgress(Progress):
    """Prints each run once, as one line, when its last table has been published; and failures."""

    def __init__(self, console: Console, dag_id: str, run_id: str, tasks: int) -> None:
        super().__init__(console, dag_id, run_id)
        self._tasks = tasks

    def show(self, warehouse: Session) -> None:
        """Print one line once every task of the run has ended; the failed task at once."""
        if self._told:
            return
        records = registry.task_records(warehouse, self._dag_id, self.run_id)
        if any(record.error for record in records):
            super().show(warehouse)
        elif len(records) == self._tasks:
            self._told |= {record.task_id for record in records}
            began = min(record.started_at for record in records)
            seconds = (max(record.finished_at for record in records) - began).total_seconds()
            published = [record for record in records if record.task_id.endswith(".publish")]
            aside = sum(record.rows_quarantined or 0 for record in published)
            rows = sum(record.rows_out or 0 for record in published)
            quarantined = f", {aside} quarantined" if aside else ""
            name = f"{self._dag_id} {self.run_id.removeprefix('manual__')[:10]}"
            self._console.print(
                f"  [green]✓[/green] {name:<36} {len(records):>2} tasks {seconds:>6.2f} s"
                f"  {tally(rows, 'row'):>12}{quarantined}"
            )


def show(
    console: Console,
    settings: StackSettings,
    showcase: Showcase,
    runs: Sequence[RunName],
    *,
    succeeded: bool,
) -> None:
    """Print the gold tables (only if the run succeeded), the gates, and where to look next."""
    url = settings.databases.warehouse_url
    with session(url, "reading what was published") as warehouse:
        if succeeded:
            for name, query in showcase.tables.items():
                _print(console, name, run_overview.rows_of(warehouse, query), ROWS_SHOWN)
        _print(console, "Gates", run_overview.gates_of(warehouse, runs), 100)
        _print(console, "Published", run_overview.sum_published(warehouse, runs), 100)
    _look_next(console, settings, showcase, succeeded=succeeded)


def _print(console: Console, title: str, found: Rows, most: int) -> None:
    names, rows = found
    table = Table(title=title, title_justify="left", title_style="bold")
    for at, name in enumerate(names):
        numeric = bool(rows) and not isinstance(rows[0][at], str)
        table.add_column(name, justify="right" if numeric else "left")
    for row in rows[:most]:
        table.add_row(*(_text(value) for value in row))
    console.print()
    console.print(table)
    if len(rows) > most:
        console.print(f"[dim]… {len(rows) - most} more rows[/dim]")


def _text(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value.as_tuple().exponent == -2 and abs(value) < 10**6:
        return f"{value:,}"  # an amount of money
    number = float(str(value))
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3f}"


def _look_next(
    console: Console, settings: StackSettings, showcase: Showcase, *, succeeded: bool
) -> None:
    if not succeeded:
        console.print(
            "\n[red]The run did not succeed.[/red] The first ✗ above says why; the whole log: "
            f"{settings.paths.logs / 'demo.log'}"
        )
    console.print("\n[bold]Where to look next[/bold]")
    console.print(f"  the spec                 {showcase.files}")
    console.print("  in Airflow's UI          make up")
    console.print("  what every spec becomes  make plan")
    console.print(f"  the raw bytes            {settings.paths.lake}/bronze")
    console.print("  the tables               make psql")
    console.print('  a spec of your own       README.md, "Your first pipeline"')
