"""Build a tiny gold table again and again: what a build costs beside its query."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.child import answer, arguments
from bench.warehouse import url
from medallion.names import Layer, PublishedTable
from medallion.plan.model import BuildStep
from medallion.steps import build
from medallion.steps.context import StepContext

START = datetime(2026, 1, 1, tzinfo=UTC)


def _run(number: int) -> dict[str, object]:
    """Which run it is: one value, or its fields in a build that has no such value yet."""
    fields = {
        "dag_id": "bench.tiny",
        "run_id": f"tiny {number}",
        "interval_start": START,
        "interval_end": START + timedelta(days=1),
        "spec_digest": "0" * 64,
    }
    try:
        from medallion.run import Run
    except ImportError:
        return fields
    return {"run": Run(**fields)}


def main() -> None:
    step = BuildStep(
        table=PublishedTable(layer=Layer.GOLD, domain="bench", name="tiny"),
        sql="select n % 3 as k, count(*) as c from generate_series(1, 9) as n group by 1",
        sql_path="include/sql/bench/tiny.sql",
        upstream=(),
        primary_key=("k",),
    )
    seconds = []
    for number in range(arguments()["builds"] + 1):
        # A first try: what another one has left would be dropped first, on which the disk waits.
        context = StepContext(
            **_run(number),
            task_id="tiny.build", try_number=1,
            project_root=Path(), lake_root="", warehouse_url=url(),
            connection={}.__getitem__, log=logging.getLogger("medallion"),
        )  # fmt: skip
        began = time.perf_counter()
        build.run(step, context)
        seconds.append(time.perf_counter() - began)
    answer(seconds=seconds[1:])


if __name__ == "__main__":
    main()
