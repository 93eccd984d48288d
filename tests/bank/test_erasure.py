"""A customer of the bank is shown and erased, on the specs that the project ships.

She is in every place that the finance domain has: three days of landings, her history in silver, a
line in quarantine, versions of gold that are kept and pinned, snapshots, the registry, a backup.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import importlib.util
import json
import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.bank.timeline import PII_KEY, Finance, finance_domain
from tests.docs.pages import MIDNIGHT
from tests.operations.people.shop import has, search_lake, search_warehouse
from tests.steps.staged import query

from medallion.bank.customers import PROMOTED, Customer, snapshots
from medallion.bank.size import Size
from medallion.cli import __main__ as cli
from medallion.cli import person
from medallion.local.postgres import _programs
from medallion.names import PublishedTable, TableName
from medallion.operations.pins import pin_version
from medallion.operations.snapshots import take_snapshot
from medallion.operations.surroundings import Surroundings
from medallion.warehouse.reading.pinned import Pin

DAYS = range(3)
REFUSED = 1
"""The day on which her segment is one that the bank does not know."""
GOLD = ("finance.kpis", "finance.fraud")
MADE_OF_CUSTOMERS = {
    f"gold_finance.{name}"
    for name in ("brand_spending", "daily_volumes", "operations", "segment_activity",
                 "suspicions_by_day", "suspicious_operations")
}  # fmt: skip
CUSTOMERS = PublishedTable.of(TableName.parse("silver_finance.customers"))
OPERATIONS = PublishedTable.of(TableName.parse("gold_finance.operations"))
OTHERS = (
    "SELECT to_jsonb(c) FROM silver_finance.customers AS c"
    f" WHERE customer_id <> '{PROMOTED}' ORDER BY 1",
    "SELECT to_jsonb(t) FROM silver_finance.transactions AS t ORDER BY 1",
    "SELECT to_jsonb(o) FROM gold_finance.operations AS o"
    f" WHERE customer_id <> '{PROMOTED}' ORDER BY 1",
)
"""Everybody else, and the operations, which have to be kept by law."""


@dataclass(frozen=True, kw_only=True)
class Bank:
    """The domain after three days, and one of its customers."""

    finance: Finance
    customer: Customer
    backup: ModuleType

    @property
    def root(self) -> Path:
        return self.finance.project.root

    @property
    def url(self) -> str:
        return self.finance.project.url

    @property
    def words(self) -> tuple[str, ...]:
        """What nothing may have of her afterwards, in lower case."""
        email = self.customer.email.lower()
        hashed = hmac.new(PII_KEY.encode(), email.encode(), hashlib.sha256).hexdigest()
        return (email, self.customer.iban.lower(), hashed)

    def read(self, *texts: str) -> list[list[tuple[object, ...]]]:
        return [query(self.url, text) for text in texts]

    def count_her_rows(self) -> int:
        counted = "SELECT count(*) FROM silver_finance.customers WHERE customer_id = "
        ((count,),) = query(self.url, f"{counted}'{PROMOTED}'")
        return int(str(count))

    def back_up(self, day: int) -> list[str]:
        """Only the backup of a day is kept; what it has of her, in dumps and files."""
        target = self.backup.back_up(dt.datetime(2026, 2, day, tzinfo=dt.UTC))
        self.backup.forget_old(1)
        assert self.backup.backups() == [target]
        ((database,),) = query(self.url, "SELECT current_database()")
        restore = [str(_programs() / "pg_restore"), "-f", "-", str(target / f"{database}.dump")]
        text = subprocess.run(restore, check=True, capture_output=True).stdout.decode()
        found = [f"dump: {word}" for word in self.words if has(text, word)]
        return [*found, *search_lake(self.backup.FOLDER / "lake", self.words)]


@pytest.fixture
def bank(
    bank_database,
    pg_url: str,
    project_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bank]:
    with (
        bank_database() as url,
        bank_database() as core,
        finance_domain(tmp_path / "project", project_root, url, core) as finance,
    ):
        (customer,) = [one for one in next(snapshots(Size())) if one.customer_id == PROMOTED]
        refuse_segment(core, customer.customer_id, finance.size.date_of(REFUSED))
        finance.deliver()
        for day in DAYS:
            finance.bank(day)
        finance.exchange(0)
        for _ in range(2):  # so gold has a former version
            finance.gold(*GOLD)
        lake = str(finance.project.root / "lake")
        assert pin_version(url, OPERATIONS, 1, by="auditor")
        for table in (CUSTOMERS, OPERATIONS):
            take_snapshot(url, lake, table, Pin())
        surroundings = Surroundings(
            project_root=finance.project.root,
            lake_root=lake,
            warehouse_url=url,
            connection=finance.project.connections.__getitem__,
            log=logging.getLogger("medallion.test"),
        )
        monkeypatch.setattr(person, "stack_surroundings", lambda: surroundings)
        backup = load_backup(project_root, pg_url, monkeypatch)
        for name, value in {
            "FOLDER": tmp_path / "backups",
            "LAKE": Path(lake),
            "DATABASES": (conninfo_to_dict(url)["dbname"],),
        }.items():
            monkeypatch.setattr(backup, name, value)
        yield Bank(finance=finance, customer=customer, backup=backup)


def refuse_segment(core: str, customer_id: str, day: dt.date) -> None:
    with psycopg.connect(core) as source:
        changed = source.execute(
            "UPDATE core.customer_snapshots SET segment = 'unknown'"
            " WHERE customer_id = %s AND snapshot_date = %s",
            (customer_id, day),
        )
        assert changed.rowcount == 1


def load_backup(project_root: Path, pg_url: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What the container `backup` runs, as the server's superuser."""
    program = project_root / "deploy/docker/bin/backup.py"
    found = importlib.util.spec_from_file_location("medallion_backup", program)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    monkeypatch.setattr(module, "PROGRAMS", _programs())
    parts = conninfo_to_dict(pg_url)
    for name in ("host", "port", "user", "password"):
        monkeypatch.setenv(f"PG{name.upper()}", str(parts[name]))
    return module


def test_the_page_names_a_customer_that_there_is(project_root: Path) -> None:
    (customer,) = [one for one in next(snapshots(Size())) if one.customer_id == PROMOTED]
    for page in ("finance.md", "fr/finance.md"):
        text = (project_root / "docs" / page).read_text(encoding="utf-8")
        command = f"python -m medallion.cli person erase --by email={customer.email}"
        assert [f"{command}{more}\n" in text for more in ("", " --apply")] == [True, True]


def test_a_customer_of_the_bank_is_shown_erased_and_stays_away(
    bank: Bank, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    by = f"--by=email={bank.customer.email}"
    assert_she_is_everywhere(bank, by)
    before = bank.read(*OTHERS)
    capsys.readouterr()
    assert cli.main(["person", "erase", by]) == 0
    assert "With --apply it is" in capsys.readouterr().out
    assert bank.read(*OTHERS) == before and bank.count_her_rows() > 0, "a dry run changes nothing"

    assert cli.main(["person", "erase", by, "--apply"]) == 0
    assert "is complete" in capsys.readouterr().out
    assert_she_is_nowhere(bank)
    assert not [word for word in bank.words if has(caplog.text, word)]
    assert bank.read(*OTHERS) == before, "nobody else is missing, and no operation"
    hers = "SELECT DISTINCT segment, home_country FROM gold_finance.operations WHERE customer_id = "
    assert query(bank.url, f"{hers}'{PROMOTED}'") == [("left", None)]

    bank.finance.bank(1)  # the bank's system still has her: a day is cleared
    bank.finance.bank(2, backfill=True)
    replay(bank, 0)
    bank.finance.gold(*GOLD)
    assert_she_is_nowhere(bank)
    assert bank.read(OTHERS[0]) == before[:1]
    assert_her_operations_are_in_quarantine(bank)
    assert query(
        bank.url,
        "SELECT count(*) FROM medallion.publications WHERE rows_read <>"
        " rows_published + rows_quarantined + rows_deduplicated + rows_discarded",
    ) == [(0,)]


def assert_she_is_everywhere(bank: Bank, by: str) -> None:
    """So that what is found nowhere afterwards has been looked for where it was."""
    out = bank.root / "her.json"
    assert cli.main(["person", "export", by, "--out", str(out)]) == 0
    shown = json.loads(out.read_text())["domains"]["finance"]
    out.unlink()
    found = shown["datasets"]["customers"]
    landed = [record for one in found["landed"] for record in one["records"]]
    assert [one["iban"] for one in landed] == [bank.customer.iban] * len(DAYS)
    assert {one["last_name"] for one in landed} == {bank.customer.last_name}
    assert [len(some) for some in found["quarantine"].values()] == [1]
    assert len(found["snapshots"]) == 1
    assert set(shown["made of it"]) == MADE_OF_CUSTOMERS
    tables = {one.partition("__v")[0] for one in search_warehouse(bank.url, bank.words)}
    assert "store_silver_finance.customers" in tables
    assert len(search_lake(bank.root / "lake", bank.words)) > len(DAYS)
    assert len(bank.back_up(1)) > len(DAYS)


def assert_she_is_nowhere(bank: Bank) -> None:
    email, iban, hashed = bank.words
    assert bank.count_her_rows() == 0
    assert search_lake(bank.root / "lake", (email, iban)) == []
    known = [f"medallion.erased_people: {hashed}"]
    assert search_warehouse(bank.url, bank.words) == known
    assert query(bank.url, "SELECT count(*) FROM medallion.pinned_versions") == [(0,)]
    (erased,) = (bank.root / "lake/erased/finance").iterdir()
    (there,) = search_lake(bank.root / "lake", (hashed,))
    assert there == f"{erased.name}: {hashed}"
    # A new backup has who was erased, as the warehouse and the lake have, and nothing else of her.
    assert bank.back_up(2) == [f"dump: {hashed}", there]


def replay(bank: Bank, day: int) -> None:
    """Clean a landing once more, as a replay of the day does."""
    again = [f"customers.{step}" for step in ("clean", "gate_silver", "publish")]
    size = bank.finance.size
    offset = (size.date_of(day) - MIDNIGHT.date()).days
    bank.finance.project.run("finance.banking", offset, only=again)


def assert_her_operations_are_in_quarantine(bank: Bank) -> None:
    """Of days that were run again: the check looks for a customer who is not there any more."""
    reasons = query(
        bank.url,
        "SELECT DISTINCT reasons::text FROM quarantine_silver_finance.transactions"
        f" WHERE record::text LIKE '%{PROMOTED}%'",
    )
    assert reasons and all("foreign_key" in str(reason) for (reason,) in reasons)
