"""Keys that a source has deleted (`deleted_when`): an erasure takes a person's out of the registry,
and another key for hashes does not bring anybody back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.operations.people.shop import KEY, SPEC, Shop, search_warehouse
from tests.steps.staged import query

from medallion.operations.people.erase import erase_person
from medallion.operations.people.rotate import rotate

NEW_KEY = "fedcba9876543210fedcba9876543210"
CUSTOMERS = SPEC[: SPEC.index("  former_customers:")]
KEYS = "SELECT count(*) FROM medallion.deleted_keys"
KNOWN = "SELECT known_at, load_id FROM medallion.deleted_keys ORDER BY load_id"
NUMBERS = "SELECT customer_id FROM silver_shop.customers ORDER BY 1"
ADA, BOB = "17,ada@example.org,Ada Lovelace,{}", "18,bob@example.org,Bob Builder,{}"
THERE, GONE = "1990-01-01", "1900-01-01"


def make_shop(root: Path, url: str, key: str, protect: str = "hash") -> Shop:
    """Its source says that a customer is deleted by a day of birth that nobody has."""
    spec = CUSTOMERS.replace("primary_key: [customer_id]", f"primary_key: [{key}]").replace(
        "write_disposition: merge", "write_disposition: merge\n      deleted_when: gone"
    )
    spec = spec.replace("protect: hash", f"protect: {protect}")
    spec += """        gone: {type: boolean, expression: "born < date '1901-01-01'"}\n"""
    shop = Shop(root=root, url=url, spec=spec)
    shop.write()
    return shop


def run_day(shop: Shop, day: int, *customers: str) -> None:
    shop.deliver(day, customers=list(customers))
    shop.day(day)


def erase(shop: Shop, *, is_meant: bool = True) -> dict[str, int]:
    (erasure,) = erase_person(
        shop.surroundings(), by="dpo", column="email", value="Ada@example.org", is_meant=is_meant
    )
    assert erasure.problems == []
    return erasure.counts


def delete_both(shop: Shop) -> None:
    run_day(shop, 1, ADA.format(THERE), BOB.format(THERE))
    run_day(shop, 2, ADA.format(GONE), BOB.format(GONE))
    assert query(shop.url, NUMBERS) == []
    assert query(shop.url, KEYS) == [(2,)]


def test_a_deleted_key_of_a_person_goes_and_a_replay_brings_no_row_back(
    tmp_path: Path, warehouse_db: str
) -> None:
    shop = make_shop(tmp_path / "shop", warehouse_db, "born_in, email", protect="none")
    shop = replace(
        shop, spec=shop.spec + "        born_in: {type: text, expression: \"'a town'\"}\n"
    )
    shop.write()
    delete_both(shop)
    assert erase(shop, is_meant=False)["deleted key"] == 1
    assert query(shop.url, KEYS) == [(2,)], "a dry run changes nothing"
    assert erase(shop)["deleted key"] == 1
    assert query(shop.url, KEYS) == [(1,)], "another's stays"
    run_day(shop, 1, ADA.format(THERE), BOB.format(THERE))
    assert query(shop.url, NUMBERS) == [], "she is left out, and his deletion is the newer state"
    run_day(shop, 3, ADA.format(GONE), BOB.format(GONE))
    assert query(shop.url, KEYS) == [(1,)], "no later deletion is kept of her"
    assert search_warehouse(shop.url) == []
    assert erase(shop).get("deleted key") is None


def test_a_deleted_number_is_found_by_what_the_landings_say_of_the_address(
    tmp_path: Path, warehouse_db: str
) -> None:
    shop = make_shop(tmp_path / "shop", warehouse_db, "customer_id")
    delete_both(shop)
    assert erase(shop)["deleted key"] == 1
    run_day(shop, 1, ADA.format(THERE), BOB.format(THERE))
    assert query(shop.url, NUMBERS) == []
    assert query(shop.url, KEYS) == [(1,)]


def test_an_earlier_day_brings_no_key_back_that_was_hashed_with_a_former_key(
    tmp_path: Path, warehouse_db: str
) -> None:
    former = make_shop(tmp_path / "shop", warehouse_db, "email")
    delete_both(former)
    known = query(former.url, KNOWN)
    shop = replace(former, key=NEW_KEY, former_keys=(KEY,), connections={})
    assert (
        rotate(shop.surroundings(), by="dpo", conn_id="pii_default", is_meant=True).problems == []
    )
    assert query(shop.url, KNOWN) == known, "another key makes no deletion newer"
    run_day(shop, 1, ADA.format(THERE), BOB.format(THERE))
    assert query(shop.url, NUMBERS) == []
    assert erase(shop)["deleted key"] == 1
    assert query(shop.url, KEYS) == [(1,)]
