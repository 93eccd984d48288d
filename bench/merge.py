"""Changed rows merged into a published table, beside a hand-written SQL MERGE."""

from __future__ import annotations

from itertools import count
from typing import Any

from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say, Side, alternate
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace

CLAIMS = (
    Claim(
        name="merge.sql",
        what="Merge 300,000 changed rows into 3 M: our time ÷ a hand-written MERGE's",
        how="Both sides have a published table of 3 million rows of 9 columns and a staged one of "
        "300,000, of which 270,000 have a key that is there; both with a unique index on it. "
        "Ours is the publish step as a task runs it: guards, digest, the upsert by which the newer "
        "data interval wins, the registry, tidying. Theirs is one MERGE with the same condition, "
        "and the DROP of the staged table. A CHECKPOINT comes before.",
        bound=Bound.AT_MOST,
        target=1.3,
    ),
)

OURS, SQL = "ours", "MERGE"
STAGED_PARTS = 10
"""One row is staged for so many published ones."""


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Merge a later interval each time, into tables that both sides keep for themselves."""
    rows = workspace.rows
    with warehouse(workspace) as server:
        for by in ("medallion", "sql"):
            say(f"publishing {rows:,} rows to merge into, for {by}")
            _merged(server, by=by, rows=rows, interval=0, first=1)
        server.analyze()

        def side(by: str) -> Side:
            intervals = count(1)

            def run() -> float:
                interval, staged = next(intervals), rows // STAGED_PARTS
                first = rows - staged + staged // 10 * interval
                return _merged(server, by=by, rows=staged, interval=interval, first=first)

            return run

        rounds = alternate({OURS: side("medallion"), SQL: side("sql")}, workspace.rounds(5), say)
    return [
        Result(
            claim="merge.sql",
            values=rounds.ratios(OURS, SQL),
            ours=f"{rounds.median(OURS):.2f} s",
            theirs=f"{rounds.median(SQL):.2f} s",
            size=f"{rows // STAGED_PARTS:,} rows into {rows:,}",
        )
    ]


def _merged(server: Warehouse, **given: Any) -> float:
    server.settle()
    return float(run_side("merge_orders", given, server.environment)["seconds"])
