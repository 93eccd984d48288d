"""Places beside landings, silver and gold that may have a person: pins, snapshots, partitions,
landings that go whole, receipts, environments; and what her own export shows of them.
"""

from __future__ import annotations

import bz2
import hashlib
import json
from pathlib import Path

import psycopg
import pytest
from tests.operations.people.shop import PERSON, SPEC, Shop, has, search_lake, search_warehouse
from tests.steps.staged import query

from medallion.errors import SetupError
from medallion.names import PublishedTable, TableName
from medallion.operations.environments.upkeep import get_environment, holding, list_environments
from medallion.operations.people.access import export_person
from medallion.operations.people.erase import Erasure, erase_person
from medallion.operations.pins import pin_version
from medallion.operations.snapshots import take_snapshot
from medallion.plan.environment import Environment
from medallion.warehouse.environments.role import make_environment
from medallion.warehouse.reading.pinned import Pin

LETTERS = """\
  letters:
    source: {type: file, path: include/data/shop/letters.csv.bz2}
    silver:
      primary_key: [letter, day]
      write_disposition: append
      partition_by: {column: day, by: month}
      guard: {max_shrink_percent: null}
      columns:
        letter: {type: bigint}
        mail: {type: text, classification: {pii: email, protect: none, identifies: email}}
        day: {type: date}
gold:
"""
LINES = "letter,mail,day\n1,ada@example.org,2026-01-01\n2,bob@example.org,2026-02-01\n"
VISITS, CUSTOMERS, BEST, LETTER = (
    PublishedTable.of(TableName.parse(name))
    for name in ("silver_shop.visits", "silver_shop.customers", "gold_shop.best",
                 "silver_shop.letters")
)  # fmt: skip


def write(shop: Shop, lines: str = LINES) -> None:
    path = shop.root / "include/data/shop/letters.csv.bz2"
    path.write_bytes(bz2.compress(lines.encode()))


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    made = Shop(root=tmp_path / "shop", url=warehouse_db, spec=SPEC.replace("gold:\n", LETTERS, 1))
    made.write()
    write(made)
    made.deliver(0)
    made.day(0)
    return made


def erase(shop: Shop, value: str = "ada@example.org", **how: bool) -> Erasure:
    (erasure,) = erase_person(
        shop.surroundings(), by="dpo", column="email", value=value, **{"is_meant": True, **how}
    )
    return erasure


def search_packed(lake: Path) -> list[str]:
    """Landings that are packed by bz2, and the words that they have."""
    return [
        f"{path.name}: {word}"
        for path in lake.rglob("*.bz2")
        for word in PERSON
        if has(bz2.decompress(path.read_bytes()).decode(), word)
    ]


def test_pins_snapshots_partitions_and_a_landing_that_goes_whole(shop: Shop) -> None:
    url, lake = shop.url, str(shop.lake)
    assert pin_version(url, VISITS, 1, by="ana") and pin_version(url, BEST, 1, by="ana")
    write(shop, LINES.replace("ada", "cy").replace("bob", "dan"))
    shop.deliver(1)
    shop.day(1)
    write(shop, "letter,mail,day\n3,eve@example.org,2026-03-01\n")
    shop.day(2, only="letters.")
    for table in (VISITS, CUSTOMERS, BEST):
        take_snapshot(url, lake, table, Pin(), name="kept")
    shown = show(shop)
    assert set(shown["visits"]["rows"]) == {
        "store_silver_shop.visits__v1",
        "store_silver_shop.visits__v2",
    }
    assert shown["visits"]["snapshots"] == shown["customers"]["snapshots"] == ["kept"]
    (landed,) = shown["letters"]["landed"]
    assert (landed["count"], landed["records"]) == (1, []), (
        "how many, where they cannot be taken out"
    )

    before = shop.read()
    would = erase(shop, is_meant=False)
    assert ["letters.csv.bz2" in one for one in would.obstacles] == [True]
    with pytest.raises(SetupError, match="cannot be written without single records"):
        erase(shop)
    assert shop.read() == before
    assert query(url, "SELECT count(*) FROM medallion.erasures") == [(0,)], "nothing was changed"

    done = erase(shop, delete_landings=True)
    assert done.problems == []
    assert done.counts["landing deleted whole"] == 1
    assert search_lake(shop.lake) == search_packed(shop.lake) == search_warehouse(url) == []
    reasons = query(url, "SELECT table_name, reason FROM medallion.deletions")
    assert reasons == [("letters", "a person was erased from it")]
    assert len(list(shop.lake.glob("bronze/shop/letters/*/*/*.bz2"))) == 2, "the others stay"
    letters = query(url, "SELECT letter, mail FROM silver_shop.letters ORDER BY mail")
    assert letters == [
        (2, "bob@example.org"), (1, "cy@example.org"), (2, "dan@example.org"),
        (3, "eve@example.org"),
    ], "rows of others stay, though their landing went"  # fmt: skip
    assert query(url, "SELECT table_name, version FROM medallion.pinned_versions") == [
        ("visits", 1)
    ]
    pinned = query(url, "SELECT mail FROM store_silver_shop.visits__v1 ORDER BY 1")
    assert pinned == [("bob@example.org",), ("nada@example.org",)], "a pin keeps the others"
    assert not list((shop.lake / "snapshots").rglob("*.parquet"))
    assert show(shop) == {}


def show(shop: Shop) -> dict:  # type: ignore[type-arg]
    found = export_person(shop.surroundings(), by="dpo", column="email", value="ada@example.org")
    return json.loads(json.dumps(found, default=str))["domains"]["shop"]["datasets"]  # type: ignore[no-any-return]


def test_a_snapshot_and_receipts_of_others_stay_as_they_are(shop: Shop) -> None:
    write(shop, "letter,mail,day\n3,eve@example.org,2026-03-01\n")
    shop.day(1, only="letters.")
    take_snapshot(shop.url, str(shop.lake), LETTER, Pin(), name="before")
    erase(shop, "bob@example.org", delete_landings=True)
    assert not (shop.lake / "snapshots/silver_shop.letters/before/manifest.json").exists()
    take_snapshot(shop.url, str(shop.lake), LETTER, Pin(), name="after")
    files = digest_files(shop.lake / "snapshots"), digest_files(shop.lake / "publications")
    assert all(files)
    assert erase(shop, "eve@example.org", delete_landings=True).counts["snapshot"] == 1
    take_snapshot(shop.url, str(shop.lake), LETTER, Pin(), name="last")
    kept = digest_files(shop.lake / "snapshots")
    assert erase(shop, "zoe@nowhere.org").places == []
    assert digest_files(shop.lake / "snapshots") == kept
    # Receipts say that a run has published, by names of tables and runs: nothing of anybody.
    texts = [path.read_text() for path in (shop.lake / "publications").rglob("*.json")]
    assert texts and not [one for one in texts if "example.org" in one]


def digest_files(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_environment_with_rows_goes_whole_if_it_may(shop: Shop) -> None:
    url = shop.url
    alice, bob = Environment("alice"), Environment("bob")
    for one in (alice, bob):
        make_environment(url, one, ["shop"])
    with psycopg.connect(url) as connection:  # as a run of a branch leaves it
        connection.execute(
            "CREATE TABLE store_silver_shop__alice.visits__v1 AS SELECT * FROM silver_shop.visits"
        )
        connection.execute(
            "ALTER TABLE store_silver_shop__alice.visits__v1 OWNER TO "
            + get_environment(url, "alice").role
        )
    landing = shop.lake / "bronze/shop__alice/visits/20260101T000000Z/0123456789-1/part"
    landing.parent.mkdir(parents=True)
    landing.write_text("ada@example.org")

    named = erase(shop, delete_landings=True)
    (problem,) = named.problems
    assert "the environment alice has tables" in problem and "--drop-environments" in problem
    unfinished = "SELECT count(*) FROM medallion.erasures WHERE finished_at IS NULL"
    assert query(url, unfinished) == [(1,)], "it is not complete"
    assert search_lake(shop.lake) == ["part: ada@example.org"]
    would = erase(shop, is_meant=False, drop_environments=True)
    assert would.counts["environment"] == 1 and landing.exists()
    with holding(url, "alice"):
        held = erase(shop, delete_landings=True, drop_environments=True)
    assert ["something else works" in problem for problem in held.problems] == [True]
    assert landing.exists()

    done = erase(shop, delete_landings=True, drop_environments=True)
    assert done.problems == [] and done.counts["environment"] == 1
    assert search_lake(shop.lake) == search_warehouse(url) == []
    assert query(url, unfinished) == [(0,)]
    assert [one.name for one in list_environments(url)] == ["bob"], "it has views only"
