"""`python -m bench.floor`: what each part of the whole path takes by itself, in its smallest way.

The parts are done with nothing of Medallion around them, one after the other, on the same orders:
what no build could leave out that lands bytes with their digest, loads, proves a key, checks every
row with Great Expectations and builds gold. Beside them the whole path as tasks run it. All figures
are seconds of processors, a side's own with its children's and the server's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from psycopg import sql

from bench import path, stage
from bench.child import ROOT, run_side
from bench.expectations import ADDRESS, ALL_PASS, CUSTOMERS
from bench.processors import Processors
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace

CHECKS = sql.SQL(
    "SELECT count(*), count(*) FILTER (WHERE customer IS NULL OR email IS NULL"
    " OR NOT amount BETWEEN 0 AND {amount} OR NOT quantity BETWEEN 1 AND {quantity}"
    " OR customer <> ALL ({customers}) OR email !~ {address}) FROM {table}"
)
GOLD = sql.SQL(
    "SELECT count(*), sum(total) FROM"
    " (SELECT customer, sum(amount) AS total FROM {table} GROUP BY 1) AS sales"
)


def main() -> None:
    """Print the parts, their sum, and the whole path."""
    parser = argparse.ArgumentParser(prog="python -m bench.floor", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    workspace = Workspace.of(quick=False, rows=parser.parse_args().rows)
    with warehouse(workspace) as server:
        processors, total = Processors(server.pid), 0.0
        for name, part in _parts(workspace, server).items():
            spent = _spend(processors, part)
            total += spent
            print(f"{spent:6.2f} s  {name}", flush=True)
        print(f"{total:6.2f} s  the parts together")
        files = path.orders_files(workspace, workspace.rows)
        spent = _spend(processors, lambda: path.run_path(workspace, server, files))
        print(f"{spent:6.2f} s  the whole path")


def _spend(processors: Processors, part: Callable[[], object]) -> float:
    before = processors.spent()
    part()
    return processors.spent() - before


def _parts(workspace: Workspace, server: Warehouse) -> Mapping[str, Callable[[], object]]:
    given = stage.files(workspace, workspace.rows)
    source, copy = Path(given["folder"]) / given["file"], workspace.fresh("data") / "copied.csv"
    keyed = {**given, **stage.KINDS["stage.copy_keyed"]}
    table = sql.Identifier("public", "copied_orders")
    checks = CHECKS.format(
        amount=sql.Literal(ALL_PASS["amount"]), quantity=sql.Literal(ALL_PASS["quantity"]),
        customers=sql.Literal(CUSTOMERS), address=sql.Literal(ADDRESS), table=table,
    )  # fmt: skip
    return {
        "the file copied, and its SHA-256": lambda: _in_python(
            "import hashlib, shutil, sys; shutil.copyfile(*sys.argv[1:]);"
            "hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256')",
            str(source), str(copy),
        ),
        "its SHA-256 once more, as the bronze gate has it": lambda: _in_python(
            "import hashlib, sys; hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256')",
            str(source),
        ),
        "DuckDB reads it, every column as text": lambda: _in_python(
            "import duckdb, sys;"
            "print(duckdb.read_csv(sys.argv[1], all_varchar=True).max('COLUMNS(*)').fetchall())",
            str(source),
        ),
        "COPY of the clean file, with its unique index": lambda: run_side(
            "copy_orders", keyed, server.environment
        ),
        "the checks, as one scan written by hand": lambda: server.one(checks),
        "the import of Great Expectations, without what no gate needs": lambda: _in_python(
            "from medallion.steps.preload import GATE, preload; preload(GATE)"
        ),
        "ANALYZE": server.analyze,
        "gold's SELECT": lambda: server.one(GOLD.format(table=table)),
    }  # fmt: skip


def _in_python(code: str, *arguments: str) -> None:
    words = [sys.executable, "-c", code, *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "plugins")}
    subprocess.run(words, check=True, capture_output=True, env=env)


if __name__ == "__main__":
    main()
