"""A gate of 8 expectations on a staged table, beside GX called directly and beside SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Rounds, Say, Side, alternate
from bench.stage import KINDS, files
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace

TINY_ROWS = 100

_OURS = (
    "Ours is the gate step as a task runs it, what it writes to the registry included, on the "
    "staging table in PostgreSQL: a row count, two not_null, a unique, two between, an "
    "accepted_values, a regular expression. Each side runs in a fresh process, the clock starts "
    "when Great Expectations is imported."
)
_GX = (
    "Theirs is GX as its documentation shows: an ephemeral context, a PostgreSQL data source, a "
    "table asset, a ValidationDefinition, the default result format; nothing is kept."
)

CLAIMS = (
    Claim(
        name="gate.gx",
        what="Gate of 8 expectations on 3 M rows: our time ÷ GX's",
        how=f"{_OURS} {_GX} All checks pass.",
        bound=Bound.AT_MOST,
        target=1.0,
    ),
    Claim(
        name="gate.gx_failing",
        what="Gate of 8 expectations on 3 M rows, 2 fail: our time ÷ GX's",
        how=f"{_OURS} {_GX} Two checks fail, on some 10 % and 5 % of the rows, and warn.",
        bound=Bound.REPORTED,
    ),
    Claim(
        name="gate.sql",
        what="Gate of 8 expectations on 3 M rows: our time ÷ hand-written SQL's",
        how=f"{_OURS} Theirs is two queries through psycopg: one pass for seven of the checks, one "
        "for uniqueness. All checks pass.",
        bound=Bound.AT_MOST,
        target=1.0,
        in_every_round=True,
    ),
    Claim(
        name="gate.fixed",
        what="Gate of 8 expectations on a tiny table, warm worker",
        how="The gate step on 100 rows in a child forked from a process that has preloaded what "
        "gates need, as LocalExecutor's tasks are from the scheduler.",
        bound=Bound.AT_MOST,
        target=0.3,
        unit="s",
    ),
)

OURS, GX, SQL = "ours", "GX", "SQL"
OURS_FAILING, GX_FAILING, FIXED = "ours, 2 fail", "GX, 2 fail", "ours, tiny table"


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Stage the orders once, then check them from all sides in turn."""
    with warehouse(workspace) as server:
        large, tiny = (_staged(workspace, server, n) for n in (workspace.rows, TINY_ROWS))
        server.analyze()
        rounds = alternate(_sides(server, large, tiny), workspace.rounds(5), say)
    return _results(rounds, workspace.rows)


def _staged(workspace: Workspace, server: Warehouse, rows: int) -> dict[str, Any]:
    given = {**files(workspace, rows), **KINDS["stage.copy"]}
    run_side("land_orders", given, server.environment)
    run_side("clean_orders", given, server.environment)
    return given


def _sides(server: Warehouse, large: Mapping[str, Any], tiny: Mapping[str, Any]) -> dict[str, Side]:
    def side(
        given: Mapping[str, Any], by: str, *, failing: bool = False, forked: bool = False
    ) -> Side:
        asked = {**given, "by": by, "failing": failing, "forked": forked}
        return lambda: float(run_side("gate_orders", asked, server.environment)["seconds"])

    return {
        OURS: side(large, "medallion"),
        GX: side(large, "gx"),
        SQL: side(large, "sql"),
        OURS_FAILING: side(large, "medallion", failing=True),
        GX_FAILING: side(large, "gx", failing=True),
        FIXED: side(tiny, "medallion", forked=True),
    }


def _results(rounds: Rounds, rows: int) -> list[Result]:
    size = f"{rows:,} rows, 8 expectations"
    ratios = (
        ("gate.gx", OURS, GX),
        ("gate.gx_failing", OURS_FAILING, GX_FAILING),
        ("gate.sql", OURS, SQL),
    )
    found = [
        Result(
            claim=claim,
            values=rounds.ratios(ours, theirs),
            ours=f"{rounds.median(ours):.2f} s",
            theirs=f"{rounds.median(theirs):.2f} s",
            size=size,
        )
        for claim, ours, theirs in ratios
    ]
    tiny = f"{TINY_ROWS} rows, 8 expectations"
    return [*found, Result(claim="gate.fixed", values=rounds.of(FIXED), size=tiny)]
