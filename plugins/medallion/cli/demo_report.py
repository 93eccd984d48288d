"""What the demo shows: each step as it ends, then the tables, the gates, and where to look next."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql
from rich.console import Console
from rich.table import Table

from medallion.local.settings import StackSettings
from medallion.names import DagId
from medallion.warehouse import registry

ROWS_SHOWN = 8

QUERIES = {
    "brand_performance": "SELECT brand, total_gross, releases, top_release, popularity, mean_vote,"
    " votes, lifetime_gross, top_release_share FROM gold_cinema.brand_performance"
    " ORDER BY total_gross DESC",
    "brand_comparison": "SELECT popularity_rank AS rank, brand, mean_popularity, mean_vote, votes"
    " FROM gold_cinema.brand_comparison ORDER BY popularity_rank",
    "genre_popularity": "SELECT popularity_rank AS rank, genre, films, mean_popularity, mean_vote,"
    " most_popular FROM gold_cinema.genre_popularity ORDER BY popularity_rank",
    "unmatched_titles": "SELECT brand, top_release, reason FROM gold_cinema.unmatched_titles"
    " ORDER BY reason, brand",
}
GATES = """
SELECT layer || ' ' || table_name AS gate, count(*) AS checks,
       count(*) FILTER (WHERE status = 'passed') AS passed,
       count(*) FILTER (WHERE status = 'warned') AS warned,
       count(*) FILTER (WHERE status = 'quarantined') AS quarantined,
       count(*) FILTER (WHERE status = 'failed') AS failed
FROM medallion.gate_results
WHERE dag_id = %s AND run_id = %s
GROUP BY layer, table_name
ORDER BY min(evaluated_at)
"""
PUBLISHED = """
SELECT layer || '_' || domain || '.' || table_name AS table, version, rows_read AS read,
       rows_published AS published, rows_quarantined AS quarantined,
       rows_deduplicated AS duplicates, rows_discarded AS discarded, rows_total AS rows
FROM medallion.publications
WHERE dag_id = %s AND run_id = %s AND is_current
ORDER BY publication_id
"""


class Progress:
    """Prints each task of a run once, as it ends."""

    def __init__(self, console: Console, dag_id: str, run_id: str) -> None:
        self._console = console
        self._dag_id = dag_id
        self.run_id = run_id
        self._told: set[str] = set()

    def forget_earlier(self, warehouse: psycopg.Connection) -> None:
        """What an earlier run of the same day has left in the registry is not this run's."""
        registry.ensure(warehouse)
        warehouse.execute(
            "DELETE FROM medallion.task_runs WHERE dag_id = %s AND run_id = %s",
            [self._dag_id, self.run_id],
        )

    def show(self, warehouse: psycopg.Connection) -> None:
        """Print the tasks that have ended since the last look."""
        for record in registry.task_records(warehouse, self._dag_id, self.run_id):
            if record.task_id in self._told:
                continue
            self._told.add(record.task_id)
            mark = "[green]✓[/green]" if record.status == "success" else "[red]✗[/red]"
            seconds = (record.finished_at - record.started_at).total_seconds()
            rows = "" if record.rows_out is None else f"{record.rows_out:>7,} rows"
            aside = f", {record.rows_quarantined} quarantined" if record.rows_quarantined else ""
            twice = f", {record.rows_deduplicated} duplicates" if record.rows_deduplicated else ""
            self._console.print(
                f"  {mark} {record.task_id:<28} {seconds:>6.2f} s  {rows}{aside}{twice}"
            )
            if record.error:
                self._console.print(f"    [red]{record.error}[/red]", markup=True)


def show(
    console: Console, settings: StackSettings, dag_id: DagId, run_id: str, *, succeeded: bool
) -> None:
    """The gold tables, what the gates found, and where to look next."""
    url = settings.databases.warehouse_url
    with psycopg.connect(url) as warehouse:
        if succeeded:
            for name, query in QUERIES.items():
                _print(console, f"gold_cinema.{name}", _rows(warehouse, query, []), ROWS_SHOWN)
        run = [str(dag_id), run_id]
        _print(console, "Gates", _rows(warehouse, GATES, run), 100)
        _print(console, "Published", _rows(warehouse, PUBLISHED, run), 100)
    _look_next(console, settings, succeeded=succeeded)


def _rows(
    warehouse: psycopg.Connection, query: str, parameters: Sequence[str]
) -> tuple[list[str], list[tuple[object, ...]]]:
    cursor = warehouse.execute(sql.SQL(query), parameters)
    return [column.name for column in cursor.description or ()], cursor.fetchall()


def _print(
    console: Console, title: str, found: tuple[list[str], list[tuple[object, ...]]], most: int
) -> None:
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
    number = float(str(value))
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3f}"


def _look_next(console: Console, settings: StackSettings, *, succeeded: bool) -> None:
    if not succeeded:
        console.print(
            "\n[red]The run did not succeed.[/red] The first ✗ above says why; the whole log: "
            f"{settings.paths.logs / 'demo.log'}"
        )
    console.print("\n[bold]Where to look next[/bold]")
    console.print("  the spec                 specs/cinema/box_office.yaml, include/sql/cinema/")
    console.print("  in Airflow's UI          make up")
    console.print("  what every spec becomes  make plan")
    console.print(f"  the raw bytes            {settings.paths.lake}/bronze")
    console.print("  the tables               make psql")
    console.print('  a spec of your own       README.md, "Your first pipeline"')
