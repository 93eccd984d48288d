"""A replay, or a drop, of some of the rows in quarantine: the others stay where they are."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.operations.test_replay_quarantine import (
    MENDED,
    SALES,
    TOO_STRICT,
    Shop,
    project,
    verdicts,
)
from tests.steps.staged import query

from medallion.errors import SetupError
from medallion.operations.drop_quarantine import drop_chosen_rows
from medallion.operations.replay_quarantine import Verdict, replay
from medallion.operations.replay_table import replay_table
from medallion.warehouse.quarantine.chosen import Chosen

LINES = ["1,10.00", "2,€ 20.00", "3,-5.00", "4,none", "5,-7.00", "6,60.00", "7,70.00", "x,1"]
LINES += [f"{number},1.00" for number in range(101, 105)]
CAST = 'amount: "…" is not a number with at most 6 digits before and 2 after the point'


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    """A day by a spec that was too strict: 2, 4, x could not be read, 3 and 5 failed a check."""
    made = Shop(root=project(tmp_path / "shop"), url=warehouse_db, disposition="append")
    made.spec(TOO_STRICT)
    made.day(0, lines=LINES)
    made.spec(MENDED)
    return made


def open_rows(shop: Shop) -> dict[int, tuple[int, object]]:
    """By the number of the record: the row's number, and when it was quarantined."""
    found = query(
        shop.url,
        "SELECT _bronze_record, quarantine_id, quarantined_at FROM quarantine_silver_shop.sales"
        " WHERE replayed_at IS NULL ORDER BY 1",
    )
    return {record: (number, at) for record, number, at in found}  # type: ignore[misc]


def number_of(shop: Shop, record: int) -> int:
    return open_rows(shop)[record][0]


def sales(shop: Shop) -> list[object]:
    return [
        row[0]
        for row in query(
            shop.url, "SELECT sale_id FROM silver_shop.sales WHERE sale_id < 100 ORDER BY 1"
        )
    ]


def replay_chosen(shop: Shop, chosen: Chosen) -> list[tuple[str, str, int, int]]:
    return verdicts(replay(SALES, shop.surroundings(), chosen=chosen))


def test_a_row_is_replayed_and_the_others_of_its_run_stay_untouched(shop: Shop) -> None:
    before = open_rows(shop)
    assert sorted(before) == [2, 3, 4, 5, 8]
    chosen = Chosen(row_ids=(number_of(shop, 2),))
    assert replay_chosen(shop, chosen) == [("scheduled__0", "replayed", 1, 4)]
    assert sales(shop) == [1, 2, 6, 7]
    assert open_rows(shop) == {record: row for record, row in before.items() if record != 2}
    assert shop.state()["accounts"] == [(0,)]
    assert replay_chosen(shop, chosen) == [], "a second press finds nothing, and changes nothing"
    said: list[str] = []
    replay_table(SALES, shop.surroundings(), None, said.append, chosen)
    assert said == [
        "None of the chosen rows of silver_shop.sales is open in quarantine any more.",
        *said[1:],
    ]
    assert sales(shop) == [1, 2, 6, 7]


def test_two_people_who_have_chosen_two_rows_of_one_run_both_get_theirs(shop: Shop) -> None:
    first, second = (Chosen(row_ids=(number_of(shop, record),)) for record in (2, 3))
    replay_chosen(shop, first)
    replay_chosen(shop, second)
    assert sales(shop) == [1, 2, 3, 6, 7]
    assert sorted(open_rows(shop)) == [4, 5, 8]


def test_rows_are_replayed_by_reason(shop: Shop) -> None:
    chosen = Chosen(reasons=("between_amount",))
    assert replay_chosen(shop, chosen) == [("scheduled__0", "replayed", 2, 3)]
    assert sales(shop) == [1, 3, 5, 6, 7]
    assert shop.state()["accounts"] == [(0,)]
    replay(SALES, shop.surroundings())
    assert sales(shop) == [1, 2, 3, 5, 6, 7], "the rest follows when it is replayed as a whole"
    assert sorted(open_rows(shop)) == [4, 8]


def test_a_row_that_fails_again_stays_with_its_new_reason(shop: Shop) -> None:
    number = number_of(shop, 4)
    assert replay_chosen(shop, Chosen(row_ids=(number,))) == [("scheduled__0", "replayed", 0, 5)]
    assert number_of(shop, 4) > number
    assert replay_chosen(shop, Chosen(reasons=(CAST,), up_to=number)) == [
        ("scheduled__0", "replayed", 1, 4)
    ], "2 alone: 4 came later than what was looked at"


def test_dropped_rows_stay_out_when_the_rest_is_replayed_or_cleared(shop: Shop) -> None:
    chosen = Chosen(row_ids=(number_of(shop, 3), number_of(shop, 8)))
    assert drop_chosen_rows(shop.url, SALES, chosen, by="ada") == 2
    with pytest.raises(SetupError, match="none of these rows is open"):
        drop_chosen_rows(shop.url, SALES, chosen, by="ada")
    replay(SALES, shop.surroundings())
    assert sales(shop) == [1, 2, 5, 6, 7]
    assert sorted(open_rows(shop)) == [4]
    assert shop.state()["accounts"] == [(0,)]
    ledger = query(
        shop.url,
        "SELECT rows_read, rows_published, rows_quarantined FROM medallion.publications"
        " WHERE layer = 'silver' ORDER BY publication_id",
    )
    assert ledger == [(12, 7, 5), (12, 9, 3)], "what was dropped counts as quarantined"
    deleted = query(shop.url, "SELECT rows, rows_open, reason FROM medallion.deletions")
    assert deleted == [(2, 2, "dropped by hand")]
    journal = query(shop.url, "SELECT done_by, action, details FROM medallion.operator_actions")
    assert journal == [("ada", "drop quarantine", {"row numbers": list(chosen.row_ids), "rows": 2})]
    shop.day(0, lines=LINES)  # the run is cleared from its landing on: it is another one
    assert sales(shop) == [1, 2, 3, 5, 6, 7]
    assert sorted(open_rows(shop)) == [4, 8]


def test_rows_are_dropped_by_reason_and_none_that_came_later(shop: Shop) -> None:
    seen = max(number for number, _ in open_rows(shop).values())
    shop.spec(TOO_STRICT)
    shop.day(1, lines=LINES)
    gone = drop_chosen_rows(shop.url, SALES, Chosen(reasons=("between_amount",), up_to=seen))
    assert gone == 2
    left = query(
        shop.url,
        "SELECT run_id, count(*) FROM quarantine_silver_shop.sales"
        " WHERE reasons = '{between_amount}' GROUP BY 1",
    )
    assert left == [("scheduled__1", 2)]


def test_a_run_that_was_landed_again_is_replayed_as_a_whole_only(shop: Shop) -> None:
    number = number_of(shop, 2)
    process = shop.process(0)
    land = next(task for task in process.plan.tasks if task.task_id == "sales.land")
    (shop.root / "include/data/shop/sales.csv").write_text("sale_id,amount\n9,€ 9.00\n3,3.00\n")
    from medallion.steps.run import run_step

    run_step(land.step, process.context(land.task_id))
    (reported,) = replay(SALES, shop.surroundings(), chosen=Chosen(row_ids=(number,)))
    assert reported.verdict is Verdict.REFUSED
    assert "was landed again" in reported.why
    assert sorted(open_rows(shop)) == [2, 3, 4, 5, 8]


def test_a_line_that_is_not_a_record_can_be_chosen_too(shop: Shop) -> None:
    shop.day(1, lines=["1,10.00", "2,€ 2,5,6,7", "3,-99.00", "4,40.00"])
    of_run = query(
        shop.url,
        "SELECT quarantine_id, _bronze_record IS NULL FROM quarantine_silver_shop.sales"
        " WHERE run_id = 'scheduled__1' ORDER BY 1",
    )
    lines = [number for number, is_line in of_run if is_line]
    assert (len(of_run), len(lines)) == (2, 1)
    others = [number for number, is_line in of_run if not is_line]
    assert replay_chosen(shop, Chosen(row_ids=(int(str(others[0])),))) == [
        ("scheduled__1", "replayed", 0, 2)
    ]
    assert drop_chosen_rows(shop.url, SALES, Chosen(row_ids=(int(str(lines[0])),))) == 1
    shop.spec({**MENDED, "LOWEST": "-1000"})
    replay(SALES, shop.surroundings(), "scheduled__1")
    with psycopg.connect(shop.url) as connection:
        left = connection.execute(
            "SELECT count(*) FROM quarantine_silver_shop.sales"
            " WHERE run_id = 'scheduled__1' AND replayed_at IS NULL"
        ).fetchone()
    assert left == (0,)
    assert shop.state()["accounts"] == [(0,)]
