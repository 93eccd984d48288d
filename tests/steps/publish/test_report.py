"""What a publication says of itself: what readers have now, and what is different."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.steps.staged import APPEND, MERGE, READINGS, REPLACE, Run

from medallion.operations.rollback import rollback
from medallion.plan.model import PublishStep
from medallion.steps.publish import step as publish


def say(
    caplog: pytest.LogCaptureFixture, url: str, day: int, ids: str, step: PublishStep = REPLACE
) -> tuple[list[str], dict[str, object]]:
    """Publish rows of these ids; the lines of the log, and the figures of the result."""
    run = Run(url=url, day=day)
    run.stage([(int(i), f"{day}") for i in ids], unlogged=not step.write_disposition.moves_staging)
    caplog.clear()
    with caplog.at_level("INFO", logger="test"):
        result = publish.run(step, run.context())
    names = ("columns", "rows_before", "rows_added", "rows_removed")
    figures = {name: result.details[name] for name in names}
    return [record.getMessage() for record in caplog.records], figures


def test_a_whole_table_says_which_keys_came_and_went(
    warehouse_db: str, caplog: pytest.LogCaptureFixture
) -> None:
    first, figures = say(caplog, warehouse_db, 0, "123")
    assert first == [
        "published silver_lab.readings version 1: 3 rows, 2 columns (replace)",
        "  it is the first version",
    ]
    assert figures["rows_before"] is None
    second, figures = say(caplog, warehouse_db, 1, "23456")
    assert second[1].startswith("  before: version 1, published at 20")
    assert second[1].endswith("UTC, 3 rows; 3 keys added, 1 removed")
    assert figures == {"columns": 2, "rows_before": 3, "rows_added": 3, "rows_removed": 1}
    # What a rollback shows is what the next one is held against.
    rollback(warehouse_db, READINGS)
    third, figures = say(caplog, warehouse_db, 2, "123")
    assert "before: version 1" in third[1]
    assert (figures["rows_added"], figures["rows_removed"]) == (0, 0)


def test_what_comes_late_says_that_readers_keep_what_they_have(
    warehouse_db: str, caplog: pytest.LogCaptureFixture
) -> None:
    say(caplog, warehouse_db, 3, "12")
    late, _ = say(caplog, warehouse_db, 1, "1")
    kept = "kept silver_lab.readings version 2, 1 row: readers see another version, which is newer"
    assert kept in late


@pytest.mark.parametrize("step", [MERGE, APPEND])
def test_what_joins_a_table_says_by_how_many_rows(
    warehouse_db: str, caplog: pytest.LogCaptureFixture, step: PublishStep
) -> None:
    say(caplog, warehouse_db, 0, "12", step)
    lines, figures = say(caplog, warehouse_db, 1, "345", step)
    assert lines[1].endswith("2 rows; 3 rows added, 0 removed")
    assert (figures["rows_before"], figures["rows_added"]) == (2, 3)


def test_without_a_key_only_the_numbers_are_known(
    warehouse_db: str, caplog: pytest.LogCaptureFixture
) -> None:
    step = replace(REPLACE, primary_key=())
    say(caplog, warehouse_db, 0, "1234", step)
    lines, figures = say(caplog, warehouse_db, 1, "123", step)
    assert lines[1].endswith("4 rows; 1 fewer")
    assert figures["rows_added"] is None
