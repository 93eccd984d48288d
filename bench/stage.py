"""CSV → cleaned → staged, beside COPY of a clean file and beside dlt."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from psycopg import sql

from bench import orders
from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Rounds, Say, Side, alternate
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace
from medallion.names import TableName
from medallion.publish.relations import identifier

_OURS = (
    "Ours is the clean step as a task runs it: the landed CSV of 9 columns (blanks to trim and "
    "squeeze, money, dates, decimals) is read, cleaned, cast and copied into a staging table with "
    "its provenance; every row is checked, none is bad. Each side runs in a fresh process; the "
    "clock starts when its libraries are imported; a CHECKPOINT comes before."
)
_COPY = (
    "Theirs is psycopg's COPY of a file that holds what cleaning ends with, into a table of the "
    "same columns, made in the same transaction, with FREEZE: the fastest way that PostgreSQL's "
    "manual has."
)
_DLT = (
    "Theirs is dlt with its defaults, reading as its documentation reads a CSV: DuckDB makes Arrow "
    "batches of it (`read_csv_duckdb`). It cleans nothing and keeps money as text."
)
_TUNED = (
    "Theirs is dlt's fastest documented way: the same batches, stored as Parquet files of 250,000 "
    "rows, several of which ADBC copies at once. (`with_file_import` would pass the file to COPY "
    "unread; it refuses this file's header, and its limit is the COPY above.)"
)

CLAIMS = (
    Claim(
        name="stage.copy",
        what="Clean and stage 3 M rows, logged table: COPY's time ÷ ours",
        how=f"{_OURS} {_COPY} The table is logged, as for `replace`; no key.",
        bound=Bound.AT_LEAST,
        target=0.8,
    ),
    Claim(
        name="stage.copy_unlogged",
        what="Clean and stage 3 M rows, unlogged table: COPY's time ÷ ours",
        how=f"{_OURS} {_COPY} The table is unlogged, as for `merge`; no key.",
        bound=Bound.AT_LEAST,
        target=1.2,
    ),
    Claim(
        name="stage.copy_keyed",
        what="Clean and stage 3 M rows with a primary key: COPY's time ÷ ours",
        how=f"{_OURS} {_COPY} Logged, and both sides end with a unique index on the key.",
        bound=Bound.REPORTED,
    ),
    Claim(
        name="stage.dlt",
        what="Load 3 M rows of CSV: dlt's time ÷ ours",
        how=f"{_OURS} {_DLT}",
        bound=Bound.AT_LEAST,
        target=4.0,
    ),
    Claim(
        name="stage.dlt_tuned",
        what="Load 3 M rows of CSV: tuned dlt's time ÷ ours",
        how=f"{_OURS} {_TUNED}",
        bound=Bound.REPORTED,
    ),
    Claim(
        name="stage.dlt_landed",
        what="Load 3 M rows of CSV: dlt's time ÷ ours with the landing",
        how="dlt with its defaults, and the time of our land step (the file's bytes copied into "
        "the lake, hashed and counted) added to ours: dlt keeps no such copy.",
        bound=Bound.AT_LEAST,
        target=6.0,
    ),
    Claim(
        name="stage.tuned_landed",
        what="Load 3 M rows of CSV: tuned dlt's time ÷ ours with the landing",
        how="Tuned dlt, as above, and the time of our land step added to ours.",
        bound=Bound.AT_LEAST,
        target=2.0,
    ),
    Claim(
        name="stage.copy_landed",
        what="Load 3 M rows of CSV, logged table: COPY's time ÷ ours with the landing",
        how=f"{_COPY} The time of our land step is added to ours.",
        bound=Bound.AT_LEAST,
        target=0.9,
    ),
)

KINDS: Mapping[str, Mapping[str, bool]] = {
    "stage.copy": {"logged": True, "keyed": False},
    "stage.copy_unlogged": {"logged": False, "keyed": False},
    "stage.copy_keyed": {"logged": True, "keyed": True},
}
LAND, DLT, TUNED = "landing", "dlt", "dlt, tuned"


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Load the same orders in every way, in turn."""
    say(f"writing {workspace.rows:,} orders")
    given = files(workspace, workspace.rows)
    with warehouse(workspace) as server:
        run_side("land_orders", given, server.environment)
        rounds = alternate(_sides(given, server), workspace.rounds(5), say)
        note = "" if _same_rows(server, given) else "THE TABLES DIFFER"
        say(note or "the cleaned table and the copied one hold the same rows")
    return _results(rounds, workspace.rows, note)


def files(workspace: Workspace, rows: int) -> dict[str, Any]:
    """What the sides are handed: the two CSVs of so many rows, and where to land."""
    untidy = orders.untidy_csv(workspace, rows)
    return {
        "run_id": f"bench_{rows}",
        "folder": str(workspace.fresh("data")),
        "file": f"{orders.FOLDER}/{untidy.name}",
        "clean": str(orders.clean_csv(workspace, rows)),
        "lake": str(workspace.fresh("lake")),
    }


def _sides(given: Mapping[str, Any], server: Warehouse) -> dict[str, Side]:
    def side(module: str, kind: Mapping[str, bool]) -> Side:
        def run() -> float:
            server.settle()
            return float(run_side(module, {**given, **kind}, server.environment)["seconds"])

        return run

    sides = {LAND: side("land_orders", {})}
    for name, kind in KINDS.items():
        sides[f"{name} ours"] = side("clean_orders", kind)
        sides[f"{name} COPY"] = side("copy_orders", kind)
    if find_spec("dlt"):
        sides[DLT] = side("dlt_orders", {"tuned": False})
        sides[TUNED] = side("dlt_orders", {"tuned": True})
    return sides


def _same_rows(server: Warehouse, given: Mapping[str, Any]) -> bool:
    """Whether cleaning made of the untidy file what the clean one says."""
    kind = {**given, **KINDS["stage.copy"]}
    tables = [
        TableName.parse(run_side(side, kind, server.environment)["table"])
        for side in ("clean_orders", "copy_orders")
    ]
    names = [*orders.COLUMNS, "_bronze_part", "_bronze_record"]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    found = {
        server.one(
            sql.SQL("SELECT count(*), sum(hashtextextended(ROW({})::text, 0)) FROM {}").format(
                columns, identifier(table)
            )
        )
        for table in tables
    }
    return len(found) == 1


def _results(rounds: Rounds, rows: int, note: str) -> list[Result]:
    size = f"{rows:,} rows of 9 columns"

    def speed(*sides: str) -> str:
        return f"{rows / sum(map(rounds.median, sides)):,.0f} rows/s"

    found = [
        Result(
            claim=name,
            values=rounds.ratios(f"{name} COPY", f"{name} ours"),
            ours=speed(f"{name} ours"),
            theirs=speed(f"{name} COPY"),
            size=size,
            note=note,
        )
        for name in KINDS
    ]
    ours = "stage.copy ours"

    def with_landing(name: str, theirs: str) -> Result:
        values = [r[theirs] / (r[ours] + r[LAND]) for r in rounds.rounds]
        return Result(
            claim=name, values=values, ours=speed(ours, LAND), theirs=speed(theirs), size=size
        )

    found.append(with_landing("stage.copy_landed", "stage.copy COPY"))
    if not find_spec("dlt"):
        names = ("stage.dlt", "stage.dlt_tuned", "stage.dlt_landed", "stage.tuned_landed")
        return found + [Result(claim=name, skipped="dlt is not installed") for name in names]
    return [
        *found,
        Result(
            claim="stage.dlt", values=rounds.ratios(DLT, ours), ours=speed(ours),
            theirs=speed(DLT), size=size,
        ),
        Result(
            claim="stage.dlt_tuned", values=rounds.ratios(TUNED, ours), ours=speed(ours),
            theirs=speed(TUNED), size=size,
        ),
        with_landing("stage.dlt_landed", DLT),
        with_landing("stage.tuned_landed", TUNED),
    ]  # fmt: skip
