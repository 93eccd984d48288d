"""The whole path, landed to published, beside tuned dlt's load; and each step's peak of memory."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench import orders, stage
from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.expectations import ADDRESS, ALL_PASS, CUSTOMERS
from bench.rounds import Say, Side, alternate
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace

_PATH = (
    "Ours are all tasks of a pipeline, one after the other in one process: the CSV landed, its "
    "bronze gate (a row count), cleaned and staged with its primary key, its silver gate of 7 "
    "checks, published; and a gold table of it built, gated and published. Theirs is tuned dlt's "
    "load alone, as above."
)
_MEMORY = (
    "Each task of such a pipeline runs in a process of its own: the largest of their peaks of "
    "resident memory (VmHWM), libraries included; PostgreSQL apart."
)

CLAIMS = (
    Claim(
        name="path.tuned",
        what="Land, gate, clean, gate, publish 3 M rows, and gold: tuned dlt's load ÷ our time",
        how=f"{_PATH} Neither process has imported anything, as in a pod of Kubernetes: the "
        "imports of either side count.",
        bound=Bound.AT_LEAST,
        target=1.0,
    ),
    Claim(
        name="path.preloaded",
        what="That in a process with what Airflow's workers preload: tuned dlt's load ÷ our time",
        how=f"{_PATH} Either side's libraries are imported before its clock starts, as with "
        "LocalExecutor and Celery, where tasks are forked from a process that has them "
        "(`medallion.steps.preload`).",
        bound=Bound.AT_LEAST,
        target=1.0,
    ),
    Claim(
        name="path.rows",
        what="Peak memory of every step, 10 M rows of 9 columns",
        how=_MEMORY,
        bound=Bound.AT_MOST,
        target=1024.0,
        unit="MiB",
    ),
    Claim(
        name="path.columns",
        what="Peak memory of every step, 500,000 rows of 200 columns",
        how=f"{_MEMORY} A key, 100 texts, 50 decimals, 49 dates.",
        bound=Bound.AT_MOST,
        target=1024.0,
        unit="MiB",
    ),
    Claim(
        name="path.cells",
        what="Peak memory of every step, 1,000 rows with a cell of 1 MB each",
        how=f"{_MEMORY} A key, and a text of a million characters.",
        bound=Bound.AT_MOST,
        target=1024.0,
        unit="MiB",
    ),
)

OURS, TUNED = "the whole path", "tuned dlt"
CHECKS: list[dict[str, Any]] = [
    {"not_null": {"column": "customer"}},
    {"not_null": {"column": "email"}},
    {"unique": {"column": "order_id"}},
    {"between": {"column": "amount", "min_value": 0, "max_value": ALL_PASS["amount"]}},
    {"between": {"column": "quantity", "min_value": 1, "max_value": ALL_PASS["quantity"]}},
    {"accepted_values": {"column": "customer", "values": CUSTOMERS}},
    {"matches": {"column": "email", "regex": ADDRESS}},
]
GOLD = """select customer, count(*) as orders, sum(amount) as total
from silver_bench.orders group by 1"""
WIDE_ROWS, WIDE_TEXTS, WIDE_DECIMALS, WIDE_DATES = 500_000, 100, 50, 49
CELL_ROWS, CELL_CHARACTERS = 1_000, 1_000_000


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """The path and dlt's load in turn; then the memory, once each."""
    with warehouse(workspace) as server:
        results = _measure_path(workspace, server, say)
    shapes = {
        "path.rows": (orders_files(workspace, workspace.memory_rows[1]), "9 columns"),
        "path.columns": (wide_files(workspace), "200 columns"),
        "path.cells": (cell_files(workspace), "2 columns"),
    }
    for claim, (files, size) in shapes.items():
        with warehouse(workspace) as server:
            results.append(measure_memory(claim, files, size, workspace, server, say))
    return results


def _measure_path(workspace: Workspace, server: Warehouse, say: Say) -> list[Result]:
    given = stage.files(workspace, workspace.rows)
    files = orders_files(workspace, workspace.rows)

    def ours(*, preload: bool) -> float:
        server.settle()
        done = run_path(workspace, server, files, preload=preload)
        say(_describe_tasks(done))
        return _seconds(done, imports=not preload)

    def tuned(*, imports: bool) -> float:
        server.settle()
        done = run_side("dlt_orders", {**given, "tuned": True}, server.environment)
        return _seconds(done, imports=imports)

    sides: dict[str, tuple[str, Side, Side]] = {
        "path.tuned": ("", partial(ours, preload=False), partial(tuned, imports=True)),
        "path.preloaded": (
            ", preloaded", partial(ours, preload=True), partial(tuned, imports=False)
        ),
    }  # fmt: skip
    if not find_spec("dlt"):
        return [Result(claim=claim, skipped="dlt is not installed") for claim in sides]
    in_turn = {
        f"{name}{how}": side
        for how, *both in sides.values()
        for name, side in zip((OURS, TUNED), both, strict=True)
    }
    rounds = alternate(in_turn, workspace.rounds(3), say)
    return [
        Result(
            claim=claim,
            values=rounds.ratios(f"{TUNED}{how}", f"{OURS}{how}"),
            ours=f"{rounds.median(f'{OURS}{how}'):.1f} s",
            theirs=f"{rounds.median(f'{TUNED}{how}'):.1f} s",
            size=f"{workspace.rows:,} rows of 9 columns",
        )
        for claim, (how, *_) in sides.items()
    ]


def _seconds(done: Mapping[str, Any], *, imports: bool) -> float:
    """A side's seconds; with those of the imports before its clock began."""
    return float(done["seconds"]) + (float(done["imports"]) if imports else 0.0)


def _describe_tasks(done: Mapping[str, Any]) -> str:
    """What each task has taken: by the clock, and of its process's own processor time."""
    spent = done["processors"]
    return ", ".join(f"{t} {s:.2f} s ({spent[t]:.2f})" for t, s in done["tasks"].items())


def run_path(
    workspace: Workspace,
    server: Warehouse,
    files: Mapping[str, Any],
    tasks: tuple[str, ...] = (),
    run_id: str = "",
    **more: Any,
) -> dict[str, Any]:
    """What `path_step` says of a pipeline's tasks, of these or of all."""
    given = {
        **more,
        "root": str(workspace.fresh("data")),
        "files": files,
        "lake": str(workspace.fresh("lake_of_path")),
        "run_id": run_id or uuid4().hex,
        "tasks": tasks,
    }
    return run_side("path_step", given, server.environment)


def measure_memory(
    claim: str,
    files: Mapping[str, Any],
    size: str,
    workspace: Workspace,
    server: Warehouse,
    say: Say,
    days: int = 1,
    **more: Any,
) -> Result:
    """The largest peak of the tasks of so many runs, each task in a process of its own."""
    peaks: dict[str, float] = {}
    for day in range(days):
        run_id = uuid4().hex
        for task in tasks_of(files):
            done = run_path(workspace, server, files, (task,), run_id, day=day, **more)
            peaks[task] = max(peaks.get(task, 0.0), done["peak_mib"])
            say(f"{claim}: {task} {done['peak_mib']:.0f} MiB")
    shutil.rmtree(workspace.fresh("lake_of_path"))
    most = max(peaks, key=peaks.__getitem__)
    return Result(
        claim=claim, values=[peaks[most]], ours=f"{most}: {peaks[most]:.0f} MiB", size=size
    )


def tasks_of(files: Mapping[str, Any]) -> list[str]:
    """The tasks of a project whose spec has one dataset and one gold table, in their order."""
    (spec,) = (content for name, content in files.items() if name.endswith(".yaml"))
    (dataset,), (gold,) = spec["datasets"], spec["gold"]
    silver = ("land", "gate_bronze", "clean", "gate_silver", "publish")
    return [f"{dataset}.{step}" for step in silver] + [
        f"{gold}.{step}" for step in ("build", "gate", "publish")
    ]


def orders_files(workspace: Workspace, rows: int) -> dict[str, Any]:
    """The project of so many orders, by file."""
    path = orders.untidy_csv(workspace, rows).relative_to(workspace.fresh("data"))
    columns = {name: dict(column) for name, column in orders.COLUMNS.items()}
    return project(path, columns, "order_id", CHECKS, GOLD, "customer")


def wide_files(workspace: Workspace) -> dict[str, Any]:
    """The project of a table of 200 columns."""
    texts = {f"text_{n}": "text" for n in range(WIDE_TEXTS)}
    decimals = {f"amount_{n}": "decimal(18,2)" for n in range(WIDE_DECIMALS)}
    dates = {f"day_{n}": "date" for n in range(WIDE_DATES)}
    values = [
        "range AS id",
        *(f"'text ' || (range * {n + 7}) % 9973 AS text_{n}" for n in range(WIDE_TEXTS)),
        *(f"((range * {n + 3}) % 99999) / 100 AS amount_{n}" for n in range(WIDE_DECIMALS)),
        *(f"DATE '2020-01-01' + CAST((range + {n}) % 999 AS INT) AS day_{n}"
          for n in range(WIDE_DATES)),
    ]  # fmt: skip
    query = f"SELECT {', '.join(values)} FROM range({WIDE_ROWS})"  # noqa: S608  # ours
    path = _write_csv(workspace, "wide", query)
    columns = {name: {"type": kind} for name, kind in {**texts, **decimals, **dates}.items()}
    checks = [{"not_null": {"column": "text_0"}}, {"unique": {"column": "id"}}]
    gold = "select text_0, sum(amount_0) as total from silver_bench.wide group by 1"
    return project(path, {"id": {"type": "bigint"}, **columns}, "id", checks, gold, "text_0")


def cell_files(workspace: Workspace) -> dict[str, Any]:
    """The project of a table with cells of a megabyte."""
    cell = f"repeat(chr(CAST(97 + range % 26 AS INT)), {CELL_CHARACTERS})"
    query = f"SELECT range AS id, {cell} AS body FROM range({CELL_ROWS})"  # noqa: S608  # ours
    path = _write_csv(workspace, "cells", query)
    columns = {"id": {"type": "bigint"}, "body": {"type": "text", "clean": ["trim"]}}
    checks = [{"not_null": {"column": "body"}}]
    gold = "select id, body from silver_bench.cells"
    return project(path, columns, "id", checks, gold, "id")


def project(
    path: Path,
    columns: Mapping[str, Any],
    key: str,
    checks: list[dict[str, Any]],
    gold: str,
    gold_key: str,
) -> dict[str, Any]:
    """A project of one dataset, from a CSV, and one gold table, by file."""
    name = path.name.partition("_")[0]
    dataset = {
        "source": {"type": "file", "path": str(path)},
        "bronze": {"checks": [{"row_count": {"min_value": 1}}]},
        "silver": {"primary_key": [key], "columns": dict(columns), "checks": checks},
    }
    table = {
        "sql": "sales.sql",
        "primary_key": [gold_key],
        "checks": [{"not_null": {"column": gold_key}}],
    }
    # Several projects may publish to one warehouse: each has a gold table of its own.
    spec = {"description": name, "datasets": {name: dataset}, "gold": {f"sales_of_{name}": table}}
    return {"specs/bench/orders.yaml": spec, "include/sql/bench/sales.sql": gold}


def _write_csv(workspace: Workspace, name: str, query: str) -> Path:
    import duckdb

    data = workspace.fresh("data")
    path = data / orders.FOLDER / f"{name}_1.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.sql(query).write_csv(str(path), header=True)
    return path.relative_to(data)
