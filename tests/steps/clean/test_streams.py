"""Several COPYs at once stage what one does: the rows, their places, and who gives way to whom."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.steps import landed
from tests.steps.staged import query

from medallion.records import RecordLayout
from medallion.steps.clean import step as clean
from medallion.steps.context import StepResult
from medallion.warehouse.tables.arrow_copy import STREAMS

LAYOUT = RecordLayout(format="csv", columns=("id", "value"))
COLUMNS: dict[str, dict[str, object]] = {"id": {"type": "bigint"}, "value": {"type": "integer"}}
ROWS, KEYS, BAD = 60_000, 59_000, 17
"""Rows of some batches; the first keys come twice, and a few values cannot be read."""


def test_what_is_staged_does_not_depend_on_the_streams(
    warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (f"{n % KEYS},{'x' if n < BAD else n % 10}" for n in range(ROWS))
    data = ("id,value\n" + "\n".join(lines) + "\n").encode()

    def staged(streams: str) -> tuple[StepResult, list[tuple[object, ...]]]:
        monkeypatch.setenv(STREAMS, streams)
        context = landed.context(warehouse_db, tmp_path, run_id=f"run_{streams}")
        landed.land(context, LAYOUT, [(data, ROWS)])
        result = clean.run(landed.clean_step(COLUMNS, primary_key=("id",)), context)
        staging = landed.FILMS.staging(context.run_key)
        return result, query(
            warehouse_db,
            f"SELECT id, value, _bronze_part, _bronze_record FROM {staging} ORDER BY id",
        )

    (one, rows), (three, same_rows) = staged("1"), staged("3")
    assert rows == same_rows
    assert len(rows) == KEYS
    counts = ("rows_in", "rows_out", "rows_quarantined", "rows_deduplicated")
    assert [getattr(one, name) for name in counts] == [getattr(three, name) for name in counts]
    assert three.rows_quarantined == BAD
