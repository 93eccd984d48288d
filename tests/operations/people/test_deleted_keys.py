"""A person whose rows were deleted by their key, and whose address a text writes in many ways."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.operations.people.shop import Shop, search_lake, search_warehouse
from tests.steps.staged import query

from medallion.operations.people.erase import erase_person

SPEC = """\
description: Cards of a shop, and their deletions.
datasets:
  cards:
    source: {type: file, path: include/data/shop/cards.csv}
    silver:
      primary_key: [mail]
      write_disposition: merge
      deleted_when: is_deleted
      guard: {max_quarantined_percent: null}
      columns:
        mail:
          type: text
          clean: [trim, lower]
          classification: {pii: email, protect: none, identifies: email}
        note: {type: text, nullable: true}
        points: {type: bigint}
        operation: {type: text}
        is_deleted: {type: boolean, expression: "operation = 'delete'"}
"""
PEOPLE = ("émilie@exämple.org", 'we"ird\\o@x.org')
DAYS = (
    """\
mail,note,points,operation
Émilie@exämple.org,,1,write
"We""ird\\o@x.org",,1,write
bob@x.org,,1,write
carl@x.org,for ÉMILIE@EXÄMPLE.ORG,many,write
dora@x.org,"line
WE""IRD\\O@x.org",many,write
""",
    """\
mail,note,points,operation
Émilie@exämple.org,,1,delete
"We""ird\\o@x.org",,1,delete
bob@x.org,,1,delete
""",
)
KEYS = "SELECT count(*) FROM medallion.deleted_keys"
WORDS = ("milie@", "ird\\o@", "ird\\\\o@")


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    made = Shop(root=tmp_path / "shop", url=warehouse_db, spec=SPEC)
    made.write()
    for day in (0, 1):
        run(made, day)
    return made


def run(shop: Shop, day: int) -> None:
    (shop.root / "include/data/shop/cards.csv").write_text(DAYS[day], encoding="utf-8")
    shop.day(day)


def test_digests_of_deleted_keys_and_each_way_to_write_a_value(shop: Shop) -> None:
    assert query(shop.url, KEYS) == [(3,)]
    for value in PEOPLE:
        how = {"by": "dpo", "column": "email", "value": value.upper()}
        (would,) = erase_person(shop.surroundings(), **how)
        (done,) = erase_person(shop.surroundings(), **how, is_meant=True)
        assert done.problems == []
        assert done.counts == would.counts
        assert done.counts == {"record": 2, "deleted key": 1, "row": 1}
    assert query(shop.url, KEYS) == [(1,)], "that of bob stays"
    text = WORDS[:2]
    found = [one for one in search_lake(shop.lake, text) if "cards.csv" not in one]
    assert found == search_warehouse(shop.url, WORDS) == []
    for day in (0, 1, 0):
        run(shop, day)
    assert query(shop.url, "SELECT mail FROM silver_shop.cards") == []
    assert query(shop.url, KEYS) == [(1,)]
    assert shop.accounts() == [(0,)]
