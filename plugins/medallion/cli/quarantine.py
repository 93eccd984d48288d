"""`quarantine list | replay | drop`: the rows that did not pass, and what to do with them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from medallion.cli.arguments import add_table, warehouse_url
from medallion.cli.console import console
from medallion.cli.surroundings import surroundings
from medallion.names import PublishedTable, environment_of
from medallion.operations.drop_quarantine import drop_chosen_rows, drop_quarantine
from medallion.operations.replay_quarantine import Asker
from medallion.operations.replay_table import replay_table
from medallion.prose import tally
from medallion.roots import lake_root
from medallion.steps.publish.primary import refuse_former_server
from medallion.warehouse.quarantine import report as quarantine_report
from medallion.warehouse.quarantine.chosen import EVERY, LARGEST_ID, Chosen
from medallion.warehouse.quarantine.runs import open_runs
from medallion.warehouse.registry.named_table import find_known_table
from medallion.warehouse.session.transaction import session

BY = "command line"
HELP = "list the rows in quarantine, replay them after the spec was fixed, or drop them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list [TABLE]`, `replay TABLE [--run ID] [--reason TEXT] [--row N]`, `drop TABLE …`."""
    doing = parser.add_subparsers(dest="doing", required=True, metavar="list | replay | drop")
    listing = doing.add_parser("list", help="what is in quarantine; of one table, why")
    listing.add_argument("table", nargs="?", help="a published table; all of them by default")
    replaying = doing.add_parser("replay", help="clean, gate and publish those runs again")
    add_table(replaying)
    replaying.add_argument("--run", dest="run_id", metavar="RUN_ID", help="one run; all by default")
    _add_chosen(replaying)
    dropping = doing.add_parser("drop", help="delete open rows; the registry keeps how many")
    add_table(dropping)
    which = dropping.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", dest="run_id", metavar="RUN_ID", help="those of one run")
    _add_chosen(which)
    which.add_argument(
        "--obsolete", action="store_true", help="those that another run has read again since"
    )


def _add_chosen(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--reason",
        action="append",
        default=[],
        metavar="TEXT",
        help="rows with this reason, as `list` shows it; may be given several times",
    )
    parser.add_argument(
        "--row",
        action="append",
        default=[],
        type=_row_number,
        metavar="N",
        help="the row with this number (quarantine_id); may be given several times",
    )


def _row_number(text: str) -> int:
    """A `quarantine_id`, which is a bigint from 1 on."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= LARGEST_ID:
        said = f"{text!r} cannot be a row's number: `quarantine list TABLE` shows them"
        raise argparse.ArgumentTypeError(said)
    return number


def run(arguments: argparse.Namespace) -> int:
    """Run one of the three and print what happened to the rows; 1 if a replay refused a run."""
    if arguments.doing == "list":
        return _list(
            find_known_table(arguments.table, warehouse_url()) if arguments.table else None
        )
    table = find_known_table(arguments.table, warehouse_url())
    chosen = Chosen(reasons=tuple(arguments.reason), row_ids=tuple(arguments.row))
    if arguments.doing == "replay":
        return _replay(table, arguments.run_id, chosen)
    return _drop(table, arguments.run_id, chosen)


def _list(table: PublishedTable | None) -> int:
    with session(warehouse_url(), "reading quarantine") as connection:
        found = quarantine_report.counts(connection)
        runs = open_runs(connection, table) if table else []
        why = quarantine_report.reasons(connection, table) if table else []
    shown = _table("in quarantine", "table", "open", "runs", "oldest (UTC)", "replayed")
    for one in found:
        if table in (None, one.table):
            oldest = f"{one.oldest:%Y-%m-%d %H:%M}" if one.oldest else ""
            name = str(one.table.public)
            shown.add_row(name, f"{one.open:,}", f"{one.runs:,}", oldest, f"{one.replayed:,}")
    nothing = (
        f"Nothing of {table.public} is in quarantine." if table else "Nothing is in quarantine."
    )
    console().print(shown if shown.row_count else nothing)
    if runs:
        by_run = _table("by run", "run", "open", "data interval ends (UTC)")
        for held in runs:
            name, end = f"{held.run.dag_id} {held.run.run_id}", held.run.interval_end
            by_run.add_row(escape(name), f"{held.rows:,}", f"{end:%Y-%m-%d %H:%M}")
        console().print(by_run)
    if why:
        by_reason = _table("by reason", "stage", "reason", "rows", "an example")
        for reason in why:
            cells = (reason.reason, f"{reason.rows:,}", reason.example)
            by_reason.add_row(reason.stage, *map(escape, cells))
        console().print(by_reason)
    return 0


def _replay(table: PublishedTable, run_id: str | None, chosen: Chosen) -> int:
    asker = Asker(by=BY)
    return int(replay_table(table, surroundings(), run_id, print, chosen, asker).refused)


def _drop(table: PublishedTable, run_id: str | None, chosen: Chosen) -> int:
    if not environment_of(table.domain):
        refuse_former_server(warehouse_url(), lake_root(), f"dropping {table.quarantine}")
    if chosen == EVERY:
        run_ids = None if run_id is None else [run_id]
        gone = drop_quarantine(warehouse_url(), table, run_ids, BY)
    else:
        gone = drop_chosen_rows(warehouse_url(), table, chosen, BY)
    print(f"dropped {tally(gone, 'row')} of {table.public}; medallion.deletions keeps how many.")
    return 0


def _table(title: str, *columns: str) -> Table:
    numbers: Sequence[str] = ("open", "runs", "rows", "replayed")
    shown = Table(title=title, title_justify="left")
    for column in columns:
        shown.add_column(column, justify="right" if column in numbers else "left")
    return shown
