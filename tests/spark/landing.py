"""A landing of several parts, with rows of every kind, and what is staged of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from tests.spark.local_spark import CONNECTIONS
from tests.steps import landed

from medallion.plan.model import CleanStep
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.steps.context import StepContext

PARTS, ROWS = 5, 2000
LAYOUT = RecordLayout(format="csv", columns=("id", "title", "gross"))
COLUMNS = {
    "id": {"type": "bigint"},
    "title": {"type": "text", "clean": ["trim"]},
    "gross": {"type": "decimal(18,2)", "nullable": True},
}


def a_part(number: int) -> tuple[bytes, int]:
    """Good rows, rows that cannot be cast, lines that are no records."""
    lines = ["id,title,gross"]
    for row in range(ROWS):
        value = "none" if row % 97 == 0 else f"{row}.25"
        lines.append(f"{number * ROWS + row}, s{row % 7} ,{value}" + (",x" if row == 50 else ""))
    return ("\n".join(lines) + "\n").encode(), ROWS


def land(url: str, lake: Path, run_id: str = "manual__1") -> StepContext:
    """The context of a run that has landed the parts."""
    context = replace(landed.context(url, lake, run_id=run_id), connection=CONNECTIONS.__getitem__)
    landed.land(context, LAYOUT, [a_part(number) for number in range(PARTS)])
    return context


def step(engine: str) -> CleanStep:
    """The cleaning, by an engine."""
    return replace(landed.clean_step(COLUMNS, primary_key=("id",)), engine=engine)


def staged(context: StepContext) -> list[list[tuple[Any, ...]]]:
    """All staged rows, and all rejects, without the number of the load."""
    key, table = context.run_key, landed.FILMS
    selects = (
        ("id, title, gross, _bronze_part, _bronze_record", table.staging(key)),
        ("stage, reasons, record::text, _bronze_part, _bronze_record", table.rejects(key)),
    )
    with psycopg.connect(context.warehouse_url) as connection:
        return [
            connection.execute(
                sql.SQL("SELECT {} FROM {} ORDER BY 4, 5, 2").format(
                    sql.SQL(names), identifier(one)
                )
            ).fetchall()
            for names, one in selects
        ]
