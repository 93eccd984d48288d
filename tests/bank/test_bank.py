"""The sample bank: the same bytes every time, and what the project ships is what it makes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from medallion.bank.__main__ import main
from medallion.bank.customers import iban, snapshots
from medallion.bank.day_files import file_name
from medallion.bank.defects import defects
from medallion.bank.deliveries import deliver, deliveries
from medallion.bank.rates import rates
from medallion.bank.rates_server import KEY_HEADER, PAGE_SIZE, RATES_KEY, RatesServer
from medallion.bank.size import Size

SIZE = Size()


def test_the_files_of_the_project_are_those_that_it_makes(
    project_root: Path, tmp_path: Path
) -> None:
    deliver(SIZE, tmp_path)
    shipped = project_root / "include" / "data" / "finance" / "transactions"
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {path.name: path.read_bytes() for path in shipped.glob("*.csv")} == made
    assert len(made) == SIZE.days


def test_a_larger_bank_is_an_option(tmp_path: Path) -> None:
    words = ["--seed", "9", "--days", "16", "--customers", "300", "--operations", "2000"]
    for folder in ("one", "other"):
        assert main([*words, "files", str(tmp_path / folder)]) == 0
    one, other = (sorted((tmp_path / folder).iterdir()) for folder in ("one", "other"))
    assert len(one) == 16
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert all(path.read_bytes().count(b"\r\n") > 2000 for path in one)


def test_a_bank_too_small_for_what_is_planted_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--days", "3", "files", str(tmp_path)]) == 1
    assert "days: 14 is the least" in capsys.readouterr().err


def test_files_come_late_damaged_and_twice() -> None:
    days = [(one.on, one.day) for one in deliveries(SIZE)]
    assert days == sorted(days)
    assert [(on, day) for on, day in days if on != day] == [(5, 3), (8, 6), (12, 11)]
    assert [day for on, day in days if on == day] == [day for day in range(14) if day != 6]
    assert file_name(SIZE.date_of(0)) == "transactions_2026-01-05.csv"


def test_every_defect_has_a_name_of_its_own_on_its_day() -> None:
    planted = [(defect.name, defect.day, defect.fate) for defect in defects(SIZE)]
    assert len(set(planted)) == len(planted)


def test_customers_come_go_and_change() -> None:
    days = [{customer.customer_id for customer in day} for day in snapshots(SIZE)]
    assert days[0] - days[-1] == {"C0003"}
    assert days[-1] - days[0] == {f"C{SIZE.customers:04d}"}
    states = {customer for day in snapshots(SIZE) for customer in day}
    assert len(states) > len(set.union(*days)) + 2


def test_ibans_have_the_right_check_digits() -> None:
    assert iban("DE", "370400440532013000") == "DE89370400440532013000"


@pytest.fixture
def server():
    with RatesServer(rates(SIZE), now=datetime(2026, 1, 7, tzinfo=UTC)) as running:
        yield running


def ask(server: RatesServer, query: str, key: str = RATES_KEY) -> tuple[int, dict]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/v1/rates?{query}", headers={KEY_HEADER: key}
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_api_gives_pages_of_what_was_published_by_now(server: RatesServer) -> None:
    since = "published_since=2025-12-29T00:00:00Z"
    pages = [ask(server, f"{since}&page={page}")[1] for page in (1, 2, 3)]
    found = [rate for page in pages for rate in page["data"]["rates"]]
    assert len(found) == pages[0]["meta"]["total"] == 28 > PAGE_SIZE
    assert max(rate["published_at"] for rate in found) == "2026-01-06T15:00:00Z"
    bounded = f"{since}&published_before=2025-12-30T00:00:00Z"
    assert ask(server, bounded)[1]["meta"]["total"] == 4


@pytest.mark.parametrize(
    ("query", "key", "status"),
    [
        ("published_since=2025-12-29T00:00:00Z", "guessed", 401),
        ("", RATES_KEY, 422),
        ("published_since=soon", RATES_KEY, 422),
    ],
)
def test_the_banks_api_refuses_wrong_requests(
    server: RatesServer, query: str, key: str, status: int
) -> None:
    assert ask(server, query, key)[0] == status
