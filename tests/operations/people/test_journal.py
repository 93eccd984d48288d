"""Who erased is in a journal that the loader cannot rewrite, whatever it does to the registry."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import query

from medallion.warehouse.journal.keeper import JournalSettings, make_journal
from medallion.warehouse.registry import erasures
from medallion.warehouse.session.transaction import session

SETTINGS = JournalSettings(reads_for=timedelta(days=400), changes_for=timedelta(days=3650))
CHANGES = (
    "SELECT done_by, action, domain, (details->>'erasure')::bigint, details->'row'"
    " FROM medallion_journal.changes ORDER BY entry_id"
)


def test_the_loader_cannot_hide_an_erasure(pg_url: str, warehouse_db: str) -> None:
    database = str(conninfo_to_dict(warehouse_db)["dbname"])
    list(make_journal(make_conninfo(pg_url, dbname=database), warehouse_db, SETTINGS))
    with session(warehouse_db, "erasing") as connection:
        hashes = {"email": frozenset(["0" * 64])}
        erasure_id = erasures.begin(connection, "shop", "dpo", hashes, "a1b2c3")
        erasures.finish(connection, erasure_id, {"row": 2})
    entries = [
        ("dpo", "begin erasure", "shop", erasure_id, None),
        ("dpo", "end erasure", "shop", erasure_id, 2),
    ]
    assert query(warehouse_db, CHANGES) == entries
    with psycopg.connect(warehouse_db, autocommit=True) as loader:
        with pytest.raises(errors.InsufficientPrivilege, match="is only added to"):
            loader.execute("DELETE FROM medallion.erased_people")
        # It owns the registry: a trigger there holds back mistakes, and not the owner himself.
        loader.execute("ALTER TABLE medallion.erased_people DISABLE TRIGGER USER")
        loader.execute("DELETE FROM medallion.erased_people")
        loader.execute("DROP TABLE medallion.erasures CASCADE")
        for text in (
            "DELETE FROM medallion_journal.changes",
            "UPDATE medallion_journal.changes SET done_by = 'nobody'",
            "TRUNCATE medallion_journal.changes",
            "ALTER TABLE medallion_journal.changes DISABLE TRIGGER ALL",
            "DROP SCHEMA medallion_journal CASCADE",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                loader.execute(text.encode())
    assert query(warehouse_db, CHANGES) == entries
