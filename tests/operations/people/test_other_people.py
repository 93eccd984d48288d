"""An erasure takes nothing from anybody else: of a row of two people, of a number others have."""

from __future__ import annotations

from pathlib import Path

import psycopg
from tests.operations.people.shop import Shop
from tests.steps.staged import query

from medallion.operations.people.erase import Erasure, erase_person

SPEC = """\
description: What customers of a shop send each other.
datasets:
  transfers:
    source: {type: file, format: csv, path: include/data/shop/transfers.csv}
    silver:
      primary_key: [transfer]
      write_disposition: append
      guard: {max_shrink_percent: null}
      columns:
        transfer: {type: bigint}
        sender: {type: bigint, classification: {pii: other, protect: none, identifies: customer}}
        receiver: {type: bigint, classification: {pii: other, protect: none, identifies: customer}}
        amount: {type: "decimal(8,2)"}
        at: {type: date}
"""
LINES = [
    "transfer,sender,receiver,amount,at",
    "1,1200,1300,5.00,2026-01-01",
    "2,1300,1200,6.00,2026-01-01",
    "3,1300,1400,1200,2026-01-01",
    "4,1300,1400,1200,never",
    "1300;1200",
]
"""Of 1200 the first two; the fourth is in quarantine."""


def erase(shop: Shop, value: str) -> Erasure:
    (erasure,) = erase_person(
        shop.surroundings(), by="dpo", column="customer", value=value, is_meant=True
    )
    assert erasure.problems == []
    return erasure


def test_a_row_of_two_people_goes_and_the_other_person_stays(
    tmp_path: Path, warehouse_db: str
) -> None:
    shop = Shop(root=tmp_path / "shop", url=warehouse_db, spec=SPEC)
    shop.write()
    (shop.root / "include/data/shop/transfers.csv").write_text("\n".join(LINES) + "\n")
    shop.day(0)
    with psycopg.connect(shop.url) as connection:
        connection.execute(
            "UPDATE medallion.task_runs SET details = details || "
            """'{"counted": 1200, "said": "customer 12001300 is unknown"}'"""
        )
    erasure = erase(shop, "1200")
    assert erasure.identified == {"customer": 1}
    assert query(shop.url, "SELECT transfer FROM silver_shop.transfers") == [(3,)]
    held = query(shop.url, "SELECT record->>'transfer' FROM quarantine_silver_shop.transfers")
    assert ("4",) in held
    # What a text says of a long number is about its person; a count never is.
    erase(shop, "12001300")
    details = query(shop.url, "SELECT DISTINCT details->'counted', details->'said'"
                    " FROM medallion.task_runs WHERE details ? 'counted'")  # fmt: skip
    assert details == [(1200, "customer [erased] is unknown")]


VISITORS = """\
description: Who has come.
datasets:
  visitors:
    source: {type: file, format: csv, path: include/data/shop/visitors.csv}
    silver:
      primary_key: [visitor]
      write_disposition: merge
      guard: {max_shrink_percent: null}
      columns:
        visitor: {type: bigint, classification: {pii: other, protect: none, identifies: customer}}
        email:
          type: text
          classification: {pii: email, protect: hash, identifies: email}
        born: {type: date}
"""


def test_a_run_that_has_landed_again_has_other_records_by_the_same_numbers(
    tmp_path: Path, warehouse_db: str
) -> None:
    shop = Shop(root=tmp_path / "shop", url=warehouse_db, spec=VISITORS)
    shop.write()
    file = shop.root / "include/data/shop/visitors.csv"
    file.write_text("visitor,email,born\n17,ada@x.org,1815-12-10\n18,bob@x.org,1990-01-01\n"
                    "19,cy@x.org,never\n")  # fmt: skip
    shop.day(0)
    file.write_text("visitor,email,born\n20,dan@x.org,1990-01-01\n17,ada@x.org,1815-12-10\n"
                    "17,ada@x.org,1815-12-10\n")  # fmt: skip
    shop.day(0, only="visitors.land")  # the first two and the one in quarantine are of before
    erasure = erase(shop, "17")
    assert erasure.identified == {"customer": 1, "email": 1}
    assert query(shop.url, "SELECT visitor FROM silver_shop.visitors") == [(18,)]
    held = query(shop.url, "SELECT count(*) FROM quarantine_silver_shop.visitors")
    assert held == [(1,)]
