"""A table of a database → landed → cleaned → staged, beside COPY out and COPY in."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say, alternate
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace

_SAME_SERVER = (
    "Source and warehouse are one embedded server, so that its reading and its writing take the "
    "same processors on both sides. "
)

CLAIMS = (
    Claim(
        name="database.copy",
        what="Table of 3 M rows → staging table: our time ÷ COPY out and in",
        how=f"{_SAME_SERVER}Ours are the land step (a binary COPY, Arrow, Parquet, its digest) and "
        "the clean step (every value checked, copied with its provenance) as tasks run them, on 9 "
        "typed columns without verbs or key, into a logged table. Theirs is psycopg's COPY to a "
        "file of CSV, and its COPY from there into a logged table of the same columns, made in the "
        "same transaction, with FREEZE: nothing is checked or kept. Each side runs in a "
        "fresh process; a CHECKPOINT comes before.",
        bound=Bound.AT_MOST,
        target=1.0,
    ),
    Claim(
        name="database.peak",
        what="Peak memory of landing and cleaning a table of 10 M rows",
        how="The peak of the resident memory (VmHWM) of the one process that runs both steps, "
        "libraries included; PostgreSQL apart.",
        bound=Bound.AT_MOST,
        target=1024.0,
        unit="MiB",
    ),
)

OURS, COPY = "ours", "COPY"

_TABLE = """
CREATE TABLE source_orders AS SELECT
    n AS order_id,
    'Customer ' || n * 7 % 999983 AS customer,
    'customer' || n * 7 % 999983 || '@mail.fr' AS email,
    date '2024-01-01' + (n % 730)::integer AS ordered_on,
    CASE WHEN n % 20 > 0 THEN timestamp '2024-01-01' + n % 63072000 * interval '1 second' END
        AS sent_at,
    (n * 7919 % 100000000 / 100.0)::numeric(18,2) AS amount,
    (n % 90000 / 1000.0)::numeric(10,3) AS weight,
    (n % 40 + 1)::integer AS quantity,
    CASE WHEN n % 3 > 0 THEN 'Leave it with no. ' || n % 97 END AS note
FROM generate_series(1::bigint, {}) AS n
"""


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Both ways in turn; then the larger table once a round."""
    with warehouse(workspace) as server:
        _make(server, workspace.rows, say)
        given = {
            "folder": str(workspace.fresh("data")),
            "lake": str(workspace.fresh("lake")),
            "run_id": f"database_{workspace.rows}",
        }

        def seconds(by: str) -> float:
            return float(_side(server, given, by)["seconds"])

        sides = {OURS: lambda: seconds("medallion"), COPY: lambda: seconds("copy")}
        rounds = alternate(sides, workspace.rounds(3), say)
        many = workspace.memory_rows[1]
        _make(server, many, say)
        larger = {**given, "run_id": f"database_{many}"}

        def peak() -> float:
            return float(_side(server, larger, "medallion")["peak_mib"])

        peaks = alternate({OURS: peak}, 1, say, "MiB")
    return [
        Result(
            claim="database.copy",
            values=rounds.ratios(OURS, COPY),
            ours=f"{workspace.rows / rounds.median(OURS):,.0f} rows/s",
            theirs=f"{workspace.rows / rounds.median(COPY):,.0f} rows/s",
            size=f"{workspace.rows:,} rows of 9 columns",
        ),
        Result(
            claim="database.peak", values=peaks.of(OURS), size=f"{many:,} rows of 9 columns"
        ),
    ]  # fmt: skip


def _make(server: Warehouse, rows: int, say: Say) -> None:
    say(f"making a table of {rows:,} orders")
    make_orders(server.source_url, rows)


def make_orders(url: str, rows: int) -> None:
    """The table that is landed, in a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS source_orders")
        connection.execute(sql.SQL(_TABLE).format(sql.Literal(rows)))
        connection.execute("VACUUM ANALYZE source_orders")


def _side(server: Warehouse, given: dict[str, Any], by: str) -> dict[str, Any]:
    server.settle()
    return run_side("database_orders", {**given, "by": by}, server.environment)
