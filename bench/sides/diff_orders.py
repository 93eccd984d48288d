"""A dataset of orders and a gold table of as many rows: built by a run's steps, changed, and held
against what was published. Its times, and its peak of memory before and after the diffs."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb  # noqa: F401
import great_expectations  # noqa: F401  # imports are not what is measured
import pyarrow  # noqa: F401

from bench.child import answer, arguments, peak_rss_mib
from bench.orders import COLUMNS
from bench.warehouse import url
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import PublishedTable, TableName
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import Plan
from medallion.run import Run
from medallion.steps.context import StepContext
from medallion.steps.run import run_step
from medallion.workbench.comparison.sides import read_side
from medallion.workbench.diff.ask import ask, plan_of_table
from medallion.workbench.diff.compare import diff
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.scratch import open_scratch

DAY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
SILVER, GOLD = "silver_bench.orders", "gold_bench.sales"
SQL = """
select order_id, customer, ordered_on, quantity, weight, amount * {factor} as total
from silver_bench.orders
"""
_T = TypeVar("_T")


def main() -> None:
    given = arguments()
    root = Path(given["root"])
    _write(root, given, changed=False)
    plan = plan_of_table(PublishedTable.of(TableName.parse(GOLD)), read_side(root))
    built = _build(plan, root, given)
    _write(root, given, changed=True)
    before = peak_rss_mib()
    silver, silver_seconds = _timed(lambda: _diff(SILVER, root, given))
    gold, gold_seconds = _timed(lambda: _diff(GOLD, root, given))
    answer(
        silver_build=built["orders"], silver_diff=silver_seconds, gold_build=built["sales"],
        gold_diff=gold_seconds, changed=[_changed(silver), _changed(gold)],
        peak_mib=peak_rss_mib(), peak_mib_before=before,
    )  # fmt: skip


def _write(root: Path, given: dict[str, Any], *, changed: bool) -> None:
    columns: dict[str, Any] = {name: dict(spec) for name, spec in COLUMNS.items()}
    columns["pieces"] = columns.pop("quantity")
    expression = "CASE WHEN pieces = 7 THEN 8 ELSE pieces END" if changed else "pieces"
    columns["quantity"] = {"type": "integer", "expression": expression}  # one row in 40 changes
    spec = {
        "description": "Orders.",
        "datasets": {
            "orders": {
                "source": {"type": "file", "path": given["file"]},
                "silver": {"primary_key": ["order_id"], "columns": columns},
            }
        },
        "gold": {"sales": {"sql": "sales.sql", "primary_key": ["order_id"]}},
    }
    for path, text in (
        ("specs/bench/orders.yaml", json.dumps(spec)),
        ("include/sql/bench/sales.sql", SQL.format(factor="1.1" if changed else "1")),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def _build(plan: Plan, root: Path, given: dict[str, Any]) -> dict[str, float]:
    """By table, the seconds of a run's tasks that make and publish it."""
    seconds: dict[str, float] = {}
    for task in plan.tasks:
        context = StepContext(
            run=Run(
                dag_id=str(plan.dag_id), run_id="first", interval_start=DAY[0],
                interval_end=DAY[1], spec_digest=plan.digest,
            ),
            task_id=task.task_id,
            try_number=1,
            project_root=root,
            lake_root=given["lake"],
            warehouse_url=url(),
            connection={}.__getitem__,
            log=logging.getLogger("medallion"),
        )  # fmt: skip
        _, took = _timed(partial(run_step, task.step, context))
        seconds[task.group] = seconds.get(task.group, 0.0) + took
    return seconds


def _diff(name: str, root: Path, given: dict[str, Any]) -> TableDiff:
    where = Surroundings(
        project_root=root,
        lake_root=given["lake"],
        warehouse_url=url(),
        connection={}.__getitem__,
        log=logging.getLogger("medallion"),
    )
    table, side = PublishedTable.of(TableName.parse(name)), read_side(root)
    question = ask(table, plan_of_table(table, side), where)
    began = time.perf_counter()

    def say(line: str) -> None:
        print(f"{time.perf_counter() - began:6.1f} s  {line}")

    with open_scratch(EmbeddedPostgres(Path(given["postgres"]))) as scratch:
        found = diff(question, side, scratch, where, say)
    say("done")
    return found


def _changed(found: TableDiff) -> int:
    return found.rows.changed if found.rows else 0


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    began = time.perf_counter()
    done = work()
    return done, time.perf_counter() - began


if __name__ == "__main__":
    main()
