"""Another key for hashes: every version gets its hashes, nobody is there twice or comes back."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

import psycopg
import pytest
from deltalake import DeltaTable
from pyiceberg.table import StaticTable
from tests.operations.people.shop import BAD, KEY, SPEC, Shop, has
from tests.steps.staged import query

from medallion.cli import pii
from medallion.client import read_snapshot
from medallion.errors import SetupError
from medallion.names import Layer, PublishedTable
from medallion.operations.lake_tables import find_behind, list_lake_steps
from medallion.operations.people.erase import erase_person
from medallion.operations.people.rotate import Rotation, rotate
from medallion.operations.replay_quarantine import Verdict, replay
from medallion.operations.snapshots import take_snapshot
from medallion.steps.clean.erased.people import PeopleKey
from medallion.warehouse.reading.pinned import Pin

NEW = "fedcba9876543210fedcba9876543210"
HASHED = SPEC.replace(
    """      primary_key: [customer_id]
      write_disposition: merge
""",
    """      primary_key: [email]
      write_disposition: merge
""",
).replace(
    """        page: {type: text}
""",
    """        page: {type: text}
        first:
          type: text
          expression: upper(left(mail, 1))
          classification: {pii: name, protect: hash}
""",
)
ADA, BOB, CY = "ada@example.org", "bob@example.org", "cy@example.org"
CUSTOMERS = PublishedTable(layer=Layer.SILVER, domain="shop", name="customers")


def hashed(text: str, key: str = NEW) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def former(tmp_path: Path, warehouse_db: str) -> Shop:
    """The shop after two days with its first key."""
    made = Shop(root=tmp_path / "shop", url=warehouse_db, spec=HASHED)
    made.write()
    for day in range(2):
        made.deliver(day)
        made.day(day)
    return made


def with_new_key(shop: Shop) -> Shop:
    return replace(shop, key=NEW, former_keys=(KEY,), connections={})


def rotated(shop: Shop, *, is_meant: bool = True) -> Rotation:
    found = rotate(shop.surroundings(), by="dpo", conn_id="pii_default", is_meant=is_meant)
    assert found.problems == []
    return found


def hashes(shop: Shop, table: str, column: str = "email") -> set[object]:
    rows = query(shop.url, f"SELECT DISTINCT {column} FROM silver_shop.{table}")
    return {value for (value,) in rows}


def list_emails(key: str) -> set[object]:
    people = [ADA, BOB, "nada@example.org", *(f"p{n}@example.org" for n in range(30, 36))]
    return {hashed(one, key) for one in people}


def test_rows_of_every_version_get_the_hashes_of_the_new_key(former: Shop) -> None:
    before = former.read()
    counts = query(former.url, "SELECT count(*) FROM silver_shop.customers")
    shop = with_new_key(former)
    with pytest.raises(SetupError, match="pii rotate --conn-id pii_default"):
        _clean_again(shop)
    counted = rotated(shop, is_meant=False)
    assert hashes(shop, "customers") == list_emails(KEY), "a dry run changes nothing"
    assert query(shop.url, "SELECT count(*) FROM medallion.operator_actions") == [(0,)]
    done = rotated(shop)
    assert [(one.table, one.rows) for one in done.tables] == [
        (one.table, one.rows) for one in counted.tables
    ]
    assert all(one.rows > 0 and one.unknown == 0 for one in done.tables)
    assert [str(one.public) for one in done.gold] == ["gold_shop.spending", "gold_shop.best"]
    assert hashes(shop, "customers") == list_emails(NEW)
    assert hashes(shop, "former_customers") == list_emails(NEW) | {hashed("cy@example.org")}
    assert hashes(shop, "visits", "first") == {hashed("A"), hashed("B"), hashed("N")}
    old = {hashed(one, KEY) for one in (ADA, BOB, "A")}
    assert not _search(shop.url, old), "also in former versions, statistics"
    assert shop.read() == before
    again = rotated(shop)
    assert not again.has_work
    # A run that follows finds everybody: nobody is twice there.
    shop.deliver(2)
    shop.day(2)
    assert query(shop.url, "SELECT count(*) FROM silver_shop.customers") == counts
    _hold_journal(shop)


FIXED = {
    "born: {type: date}": "born: {type: date, nullable: true, null_values: ['', never]}",
    "max_shrink_percent: null": "max_shrink_percent: null, max_conflicting_percent: null",
}
"""With which what is in quarantine passes."""


def test_snapshots_are_named_and_quarantine_keeps_what_it_has_until_a_replay(
    former: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = str(former.lake)
    take_snapshot(former.url, lake, CUSTOMERS, Pin(), name="kept")
    rejected = "SELECT q::text FROM quarantine_silver_shop.customers AS q ORDER BY 1"
    before = query(former.url, rejected)
    assert len(before) == 2 * (len(BAD) + 1), "of two days"
    shop = with_new_key(former)
    monkeypatch.setattr(pii, "stack_surroundings", shop.surroundings)
    for words in ((), ("--apply",)):
        assert _call(*words) == 0
        named = "! the snapshot silver_shop.customers kept keeps its hashes\n"
        assert named in capsys.readouterr().out
    snapshot = read_snapshot("silver_shop.customers", "kept", "arrow", lake=lake)
    assert set(snapshot["email"].to_pylist()) == list_emails(KEY)
    assert hashes(shop, "customers") == list_emails(NEW)
    assert query(shop.url, rejected) == before
    spec = HASHED
    for old, new in FIXED.items():
        spec = spec.replace(old, new)
    fixed = replace(shop, spec=spec, connections={})
    fixed.write()
    done = replay(CUSTOMERS, fixed.surroundings())
    assert {one.verdict for one in done} == {Verdict.REPLAYED}, done
    assert hashes(shop, "customers") == list_emails(NEW) | {hashed(CY)}
    assert not rotated(fixed).has_work


@pytest.mark.parametrize("format_", ["delta", "iceberg"])
def test_lake_tables_get_the_new_hashes_also_after_a_kill_before_them(
    tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    lake = tmp_path / "open_lake"
    place = f"location: 'file://{lake}/NAME'"
    where = f"[{{format: {format_}, {place}, in_clear: [customer_id, name]}}]"
    spec = HASHED.replace(
        "      primary_key: [email]\n",
        f"      primary_key: [email]\n      publish_to: {where.replace('NAME', 'customers')}\n",
        1,
    )
    gold = where.replace("NAME", "mails").replace(", in_clear: [customer_id, name]", "")
    spec += f"  mails:\n    sql: mails.sql\n    publish_to: {gold}\n"
    former = Shop(root=tmp_path / "shop", url=warehouse_db, spec=spec)
    former.write()
    (former.root / "specs/access.yaml").write_text(f"lakes: {{shop: ['file://{lake}']}}\n")
    (former.root / "include/sql/shop/mails.sql").write_text(
        "select email from silver_shop.customers"
    )
    former.deliver(0)
    former.day(0)

    def read(name: str) -> set[object]:
        folder = str(lake / name)
        if format_ == "delta":
            return set(DeltaTable(folder).to_pyarrow_table()["email"].to_pylist())
        return set(StaticTable.from_metadata(folder).scan().to_arrow()["email"].to_pylist())

    assert read("customers") == read("mails") == list_emails(KEY)
    shop = with_new_key(former)
    would = rotated(shop, is_meant=False)
    places = [f"file://{lake}/customers"]
    assert would.lakes == places and read("customers") == list_emails(KEY)
    # As if it were killed before the lakes, and run again: nothing is left to do in the warehouse.
    with monkeypatch.context() as killed:
        killed.setattr("medallion.operations.people.rotate.list_lake_steps", lambda plans: ())
        assert rotated(shop).lakes == []
    assert read("customers") == list_emails(KEY)
    (step, _) = list_lake_steps([shop.run(0).plan])
    behind = find_behind(step, shop.surroundings())
    assert "their hashes got another key" in str(behind)
    done = rotated(shop)
    assert done.has_work and done.lakes == places
    assert read("customers") == read("mails") == list_emails(NEW)
    assert find_behind(step, shop.surroundings()) is None
    assert not rotated(shop).has_work


def _clean_again(shop: Shop) -> None:
    shop.deliver(2)
    shop.day(2, only="customers")


def _hold_journal(shop: Shop) -> None:
    """Ids, and no secret."""
    journal = query(
        shop.url,
        "SELECT done_by, details->>'from', details->>'to' FROM medallion.operator_actions"
        " WHERE action = 'rotate key'",
    )
    ids = (PeopleKey(KEY.encode()).id, PeopleKey(NEW.encode()).id)
    assert set(journal) == {("dpo", *ids)}
    assert not _search(shop.url, {KEY, NEW})


def _search(url: str, words: set[str]) -> list[str]:
    found = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('information_schema', 'pg_catalog')"
        ).fetchall()
        for name in [*(table for (table,) in tables), "pg_stats"]:
            for (row,) in connection.execute(f"SELECT t::text FROM {name} AS t".encode()):
                found += [f"{name}: {word}" for word in words if has(row, word)]
    return found


def test_erased_people_stay_away_and_their_key_is_named(
    former: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    erase_person(former.surroundings(), by="dpo", column="email", value=ADA, is_meant=True)
    shop = with_new_key(former)
    monkeypatch.setattr(pii, "stack_surroundings", shop.surroundings)
    assert _call("--apply") == 0
    said = capsys.readouterr().out
    former_id = PeopleKey(KEY.encode()).id
    assert f"hashed with the key {former_id}: it has to stay in former_keys" in said
    assert "joins with the new hashes no more" in said
    assert KEY not in said and NEW not in said
    shop.deliver(2)
    shop.day(2)
    assert hashes(shop, "customers") == list_emails(NEW) - {hashed(ADA)}
    # Somebody is found by the new key, in what was landed under the former one.
    erase_person(shop.surroundings(), by="dpo", column="email", value=BOB, is_meant=True)
    assert hashes(shop, "customers") == list_emails(NEW) - {hashed(ADA), hashed(BOB)}
    # What no landing has any more keeps its hash, and is counted.
    with psycopg.connect(shop.url) as connection:
        connection.execute(
            "UPDATE store_silver_shop.former_customers SET email = %s WHERE email = %s",
            ("f" * 64, hashed("p30@example.org")),
        )
    assert _call("--apply") == 0
    assert "hashes of values that no landing has any more" in capsys.readouterr().out
    with pytest.raises(SetupError, match="which is not at hand"):
        rotated(replace(shop, key="another key that nobody has ever had", connections={}))
    with pytest.raises(SetupError, match="no dataset hashes with the key of the connection other"):
        rotate(shop.surroundings(), by="dpo", conn_id="other")


def _call(*words: str) -> int:
    import argparse

    parser = argparse.ArgumentParser()
    pii.add_arguments(parser)
    return pii.run(parser.parse_args(["rotate", *words]))


STEPS = ("make_list", "count_unknown", "change_key", "clear_room", "rebuild", "run_again")
"""Functions of a rotation, in their order: a process is killed as it calls one of them."""


def rotate_and_die(shop: Shop, step: str) -> None:
    """In a process of its own."""

    def kill(frame: FrameType, event: str, argument: object) -> None:
        is_ours = "/medallion/" in frame.f_code.co_filename
        if event == "call" and is_ours and frame.f_code.co_name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(kill)
    rotated(shop)


@pytest.mark.slow
def test_killed_at_each_step_and_run_again_it_ends_the_same(former: Shop) -> None:
    before, shop = former.read(), with_new_key(former)
    fork = multiprocessing.get_context("fork")
    for step in STEPS:
        process = fork.Process(target=rotate_and_die, args=(shop, step))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL, step
    rotated(shop)
    assert hashes(shop, "customers") == list_emails(NEW)
    assert not _search(shop.url, {hashed(one, KEY) for one in (ADA, BOB)})
    assert shop.read() == before
    assert not rotated(shop).has_work
