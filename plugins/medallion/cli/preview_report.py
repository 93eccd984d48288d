"""A preview in the terminal: each task as it ends, then each table."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from medallion.prose import show_value, tally
from medallion.run import Run
from medallion.spec.messages.report import visible
from medallion.warehouse.quarantine.report import ReasonCount
from medallion.warehouse.tables.run_results import Sample
from medallion.workbench.preview import Accounts, Preview, TablePreview
from medallion.workbench.tries import TriedTask

LONGEST_CELL = 40
MOST_COLUMNS = 6
FEW_RECORDS = 3
MARKS = {
    "passed": "[green]✓ passed[/green]",
    "warned": "[yellow]! warned[/yellow]",
    "quarantined": "[yellow]! quarantined[/yellow]",
    "failed": "[red]✗ failed[/red]",
}


def begin(console: Console, name: str, run: Run) -> None:
    """What is tried, and that nothing is published."""
    console.print(f"[bold]Preview of {escape(name)}[/bold]: nothing is published")
    if run.interval_start != run.interval_end:
        start, end = run.local_interval()
        console.print(f"data interval {start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M} {run.timezone}")


def progress(console: Console, tried: TriedTask) -> None:
    """One task, as it ends."""
    name, result = f"{tried.task.task_id:<32}", tried.result
    if result is not None:
        more = f", {result.rows_quarantined:,} quarantined" if result.rows_quarantined else ""
        rows = f"{tally(result.rows_out, 'row'):>14}{more}"
        console.print(f"  [green]✓[/green] {name} {tried.seconds:>6.2f} s {rows}")
    elif tried.error is not None:
        console.print(f"  [red]✗[/red] {name} {tried.seconds:>6.2f} s")
    else:
        console.print(f"  [dim]– {name} left out: a task before it failed[/dim]")


def show(console: Console, preview: Preview) -> None:
    """Each table, and a last line that says whether all of it would be published."""
    for table, rows in preview.inputs:
        console.print(f"  [dim]read as published now: {table}, {tally(rows, 'row')}[/dim]")
    for one in preview.tables:
        _table(console, one)
    refused = [str(one.table.public) for one in preview.tables if one.problem]
    console.print()
    if refused:
        console.print(f"[red]Would not be published:[/red] {', '.join(refused)}")
    else:
        console.print(f"[green]{preview.outcome}[/green]")


def accounts_line(accounts: Accounts) -> str:
    """`13 rows read = 11 published + 1 quarantined + 1 duplicate + 0 discarded`."""
    return (
        f"{tally(accounts.read, 'row')} read = {accounts.published:,} published + "
        f"{accounts.quarantined:,} quarantined + {accounts.deduplicated:,} duplicates + "
        f"{accounts.discarded:,} discarded"
    )


def _table(console: Console, one: TablePreview) -> None:
    console.print(f"\n[bold]{one.table.public}[/bold]")
    if one.accounts is not None:
        console.print(f"  {accounts_line(one.accounts)}")
    if one.problem is not None:
        console.print(f"  [red]✗[/red] {escape(str(one.problem))}", soft_wrap=True)
    if one.landed is not None:
        title = f"as landed: the first of {tally(one.landed.records, 'record')}"
        _print(console, title, one.landed.fields, one.landed.rows)
    if one.sample is not None:
        _sample(console, one.sample, "as it would be published" if one.accounts else "as staged")
    if one.reasons:
        _reasons(console, one.reasons)
    for line in one.duplicates:
        console.print(f"  [yellow]same primary key:[/yellow] {escape(line)}", soft_wrap=True)
    if one.verdicts:
        _verdicts(console, one)


def _reasons(console: Console, found: Sequence[ReasonCount]) -> None:
    """Each reason whole, then the values of a record: what is wrong may be in any of them."""
    console.print("\n  [italic]would be quarantined[/italic]")
    for one in found:
        reason = f"{tally(one.rows, 'row')}, {one.stage}: {visible(one.reason)}"
        console.print(Padding(Text(reason), (0, 0, 0, 4)))
        if one.example_reason != one.reason:
            console.print(
                Padding(Text(f"for example: {visible(one.example_reason)}"), (0, 0, 0, 6))
            )
        console.print(Padding(Text(f"a record: {visible(one.example)}"), (0, 0, 0, 6)))


def _sample(console: Console, sample: Sample, what: str) -> None:
    names = [f"{column.name} ({column.type})" for column in sample.columns]
    _print(console, f"{what}: the first of {tally(sample.total, 'row')}", names, sample.rows)


def _verdicts(console: Console, one: TablePreview) -> None:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("gate", "check", "verdict", "rows", "examples"):
        shown.add_column(name, overflow="fold")
    for verdict in one.verdicts:
        rows = ""
        if verdict.rows_failed is not None and verdict.rows_checked is not None:
            rows = f"{verdict.rows_failed:,} of {verdict.rows_checked:,} fail"
        elif verdict.observed is not None:
            rows = f"observed {_cell(verdict.observed)}"
        examples = ", ".join(_cell(value) for value in verdict.examples or ())
        cells = (verdict.layer, verdict.check_id, rows, examples)
        gate, check, figures, shown_examples = map(escape, cells)
        shown.add_row(gate, check, MARKS[verdict.status], figures, shown_examples)
    _print_titled(console, "checks", shown)


def _print(
    console: Console, title: str, names: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """One row per record; of many columns one row per column, beside its first values."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    if len(names) <= MOST_COLUMNS:
        for name in names:
            shown.add_column(escape(name), overflow="fold")
        for row in rows:
            shown.add_row(*(escape(_cell(value)) for value in row))
    else:
        few = rows[:FEW_RECORDS]
        shown.add_column("column", overflow="fold")
        for number in range(1, len(few) + 1):
            shown.add_column(f"record {number}", overflow="fold")
        for at, name in enumerate(names):
            shown.add_row(escape(name), *(escape(_cell(row[at])) for row in few))
    _print_titled(console, title, shown)


def _print_titled(console: Console, title: str, shown: Table) -> None:
    console.print(f"\n  [italic]{escape(title)}[/italic]")
    console.print(Padding(shown, (0, 0, 0, 2)))


def _cell(value: object) -> str:
    text = "—" if value is None else show_value(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
