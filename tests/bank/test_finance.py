"""The finance domain end to end: every planted defect meets its fate, and gold is what Python makes
of the generator's data.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.bank import expected
from tests.bank.payments import publish_payment
from tests.bank.timeline import (
    DONE_AGAIN,
    RATES_ARE_READ_ON,
    Finance,
    as_it_comes,
    ends_of,
    finance_domain,
)
from tests.kafka_broker import Broker
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.bank.customers import AWAY, AWAY_DAYS, LEAVES, LEFT, PROMOTED, PROMOTED_ON, snapshots
from medallion.bank.defects import AGAIN, AGAIN_ON, DAMAGED, LATE, Defect, Fate, defects
from medallion.bank.deliveries import WITHDRAWN, deliveries
from medallion.bank.operations import Operation
from medallion.bank.rates import MISSING, REVISED
from medallion.bank.size import Size
from medallion.bank.suspects import suspicious
from medallion.cli.__main__ import main
from medallion.plan.bi import BiChart, BiTable
from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

SIZE = Size()
PLANTED = list(defects(SIZE))
GOLD = ("finance.kpis", "finance.fraud", "finance.brand_spending")
SHUFFLED = (4, 0, 2, 5, 1, 2, 3)
"""Days in another order, one of them twice."""


@pytest.fixture(scope="module")
def finance(
    bank_database, project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Finance]:
    """Fourteen days as the bank delivers them, then all that they set off."""
    root = tmp_path_factory.mktemp("finance")
    with (
        bank_database() as url,
        bank_database() as core,
        finance_domain(root, project_root, url, core) as domain,
    ):
        as_it_comes(domain)
        domain.gold("cinema.box_office", *GOLD)
        yield domain


def rows(finance: Finance, text: str) -> list[tuple[object, ...]]:
    return query(finance.project.url, text)


def as_published(operation: Operation) -> tuple[object, ...]:
    return (
        operation.reference,
        operation.booked_at,
        operation.customer_id,
        operation.kind,
        operation.amount,
        operation.currency,
        operation.country,
        operation.label,
    )


def test_silver_has_exactly_the_rows_that_it_should(finance: Finance) -> None:
    found = rows(
        finance,
        "SELECT _data_interval_end, transaction_id, booked_at AT TIME ZONE 'Europe/Paris',"
        " customer_id, kind, amount, currency, country, label FROM silver_finance.transactions",
    )
    wanted = [
        (end, *as_published(operation))
        for day, end in enumerate(ends_of(SIZE))
        for operation in expected.published_of(SIZE, day)
    ]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize(
    "defect",
    [defect for defect in PLANTED if defect.fate is Fate.QUARANTINED],
    ids=lambda defect: defect.name,
)
def test_what_cannot_be_believed_is_in_quarantine_with_its_reasons(
    finance: Finance, defect: Defect
) -> None:
    found = [
        reasons
        for reasons, record in rows(
            finance,
            "SELECT reasons, record FROM quarantine_silver_finance.transactions"
            f" WHERE data_interval_end = '{ends_of(SIZE)[defect.day].isoformat()}'"
            " AND replayed_at IS NULL",
        )
        if f"D-{defect.name}" in str(record)
        or (defect.name == "no_reference" and record.get("Référence") == "")
    ]
    assert [tuple(reasons) for reasons in found] == [defect.reasons]


def test_nothing_else_is_in_quarantine(finance: Finance) -> None:
    counted = rows(
        finance,
        "SELECT count(*)::int FROM quarantine_silver_finance.transactions"
        " WHERE replayed_at IS NULL",
    )
    assert counted == [(sum(defect.fate is Fate.QUARANTINED for defect in PLANTED),)]


def test_the_registry_accounts_for_every_line(finance: Finance) -> None:
    """Of each day's last publication; the corrected file has one row less than the first one."""
    planted = Counter((defect.day, defect.fate) for defect in PLANTED)
    lines = {one.day: one.content.count(b"\r\n") - 1 for one in deliveries(SIZE)}
    wanted = [
        (
            end,
            lines[day],
            len(expected.published_of(SIZE, day)),
            planted[day, Fate.QUARANTINED],
            planted[day, Fate.DEDUPLICATED],
            planted[day, Fate.DISCARDED],
        )
        for day, end in enumerate(ends_of(SIZE))
    ]
    assert wanted == rows(
        finance,
        "SELECT DISTINCT ON (data_interval_end) data_interval_end, rows_read, rows_published,"
        " rows_quarantined, rows_deduplicated, rows_discarded FROM medallion.publications"
        " WHERE table_name = 'transactions' ORDER BY data_interval_end, publication_id DESC",
    )
    assert (
        rows(
            finance,
            "SELECT table_name FROM medallion.publications WHERE rows_read <>"
            " rows_published + rows_quarantined + rows_deduplicated + rows_discarded",
        )
        == []
    )


def test_a_file_that_came_wrong_late_or_damaged_holds_up_its_own_day_only(
    finance: Finance,
) -> None:
    assert set(finance.refusals) == {LATE, DAMAGED}
    assert "transactions_2026-01-11.csv" in finance.refusals[LATE].problem
    assert "clear the task" in finance.refusals[LATE].remedy
    assert "is NUL" in finance.refusals[DAMAGED].problem
    assert rows(
        finance,
        "SELECT count(*)::int FROM medallion.publications WHERE table_name = 'transactions'",
    ) == [(SIZE.days + 1,)]  # the wrong file was published, until the right one came
    assert not rows(
        finance,
        f"SELECT 1 FROM silver_finance.transactions WHERE transaction_id LIKE '%{WITHDRAWN}'",
    )
    assert set(DONE_AGAIN.values()) >= set(finance.refusals)


def test_an_operation_of_two_files_counts_once(finance: Finance) -> None:
    name = "on_two_days"
    assert rows(
        finance,
        "SELECT count(*)::int FROM silver_finance.transactions"
        f" WHERE transaction_id LIKE '%D-{name}'",
    ) == [(2,)]
    assert rows(
        finance,
        "SELECT deliveries::int, booked_on FROM gold_finance.operations"
        f" WHERE transaction_id LIKE '%D-{name}'",
    ) == [(2, SIZE.date_of(AGAIN))]
    assert AGAIN_ON > AGAIN


def test_the_history_of_the_customers_is_that_of_the_snapshots(finance: Finance) -> None:
    ends = ends_of(SIZE)
    for end, customers in zip(ends, snapshots(SIZE), strict=True):
        assert {
            (c.customer_id, c.segment, c.city, c.country, c.opened_on) for c in customers
        } == set(
            rows(
                finance,
                "SELECT customer_id, segment, city, country, opened_on"
                f" FROM silver_finance.customers WHERE _valid_from <= '{end.isoformat()}'"
                f" AND coalesce(_valid_to, 'infinity') > '{end.isoformat()}'",
            )
        )
    states = {
        customer: rows(
            finance,
            "SELECT DISTINCT _valid_from, _valid_to, segment FROM silver_finance.customers"
            f" WHERE customer_id = '{customer}' ORDER BY 1",
        )
        for customer in (LEAVES, AWAY, PROMOTED)
    }
    assert states[LEAVES][-1][1] == ends[LEFT]
    assert ends[AWAY_DAYS[0]] in [until for _, until, _ in states[AWAY]]
    assert ends[AWAY_DAYS[-1] + 1] in [since for since, _, _ in states[AWAY]]
    assert ends[PROMOTED_ON] in [
        since for since, _, segment in states[PROMOTED] if segment == "private"
    ]


def test_nothing_behind_the_landing_knows_who_the_customers_are(finance: Finance) -> None:
    addresses, accounts = (
        {getattr(customer, name) for customers in snapshots(SIZE) for customer in customers}
        for name in ("email", "iban")
    )
    tables = rows(
        finance,
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    held = {
        str(table): "".join(str(row[0]) for row in rows(finance, f"SELECT t::text FROM {table} t"))
        for (table,) in tables
    }
    everything = "".join(held.values())
    assert not [text for text in addresses if text in everything]
    having = {table for table, text in held.items() if any(one in text for one in accounts)}
    assert {table.partition("__v")[0] for table in having} == {"store_silver_finance.customers"}
    shown = rows(
        finance, "SELECT DISTINCT length(email), left(iban, 4) FROM silver_finance.customers"
    )
    assert shown == [(64, "****")]


def test_the_fraud_team_reads_account_numbers_and_the_others_their_ends(
    finance: Finance, pg_url: str
) -> None:
    """By the roles of PostgreSQL, in the table and in a column of their own choosing."""
    database = str(conninfo_to_dict(finance.project.url)["dbname"])
    seen = {}
    with psycopg.connect(make_conninfo(pg_url, dbname=database)) as admin:
        for role in ("fraud_team", "reader_finance"):
            admin.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            found = admin.execute("SELECT DISTINCT iban FROM silver_finance.customers").fetchall()
            seen[role] = {iban for (iban,) in found}
    accounts = {customer.iban for customers in snapshots(SIZE) for customer in customers}
    assert seen["fraud_team"] and seen["fraud_team"] <= accounts
    assert seen["reader_finance"] == {f"****{iban[-4:]}" for iban in seen["fraud_team"]}


def test_rates_are_the_last_revision_and_the_missing_one_is_missing(finance: Finance) -> None:
    found = rows(finance, "SELECT currency, rate_date, rate FROM silver_finance.exchange_rates")
    assert {(currency, day): rate for currency, day, rate in found} == expected.last_rates(SIZE)
    assert (MISSING[0], SIZE.date_of(MISSING[1])) not in {(c, day) for c, day, _ in found}
    revised = SIZE.date_of(REVISED[1])
    assert rows(
        finance,
        "SELECT count(*)::int FROM medallion.publications WHERE table_name = 'exchange_rates'",
    ) == [(len(RATES_ARE_READ_ON),)]
    assert (REVISED[0], revised) in {(currency, day) for currency, day, _ in found}


def test_the_figures_are_those_that_python_finds(finance: Finance) -> None:
    reported = expected.operations(SIZE)
    assert expected.daily_volumes(reported) == set(
        rows(finance, "SELECT * FROM gold_finance.daily_volumes")
    )
    assert expected.segment_activity(reported) == set(
        rows(finance, "SELECT * FROM gold_finance.segment_activity")
    )


def test_a_filter_by_segment_finds_the_same_customers_in_every_table(finance: Finance) -> None:
    """Dashboards offer one table's values, and charts over the others have to know them."""
    found = rows(
        finance,
        "SELECT 'operations', segment FROM gold_finance.operations"
        " UNION SELECT 'daily_volumes', segment FROM gold_finance.daily_volumes"
        " UNION SELECT 'segment_activity', segment FROM gold_finance.segment_activity",
    )
    assert set(found) == {
        (table, segment)
        for table in ("operations", "daily_volumes", "segment_activity")
        for segment in ("business", "left", "private", "retail")
    }


def test_the_fraud_team_sees_what_python_finds_and_all_that_was_planted(finance: Finance) -> None:
    found = set(
        rows(finance, "SELECT rule, transaction_id FROM gold_finance.suspicious_operations")
    )
    assert found == expected.suspicions(expected.operations(SIZE))
    planted = {(rule, operation.reference) for rule, _, operation in suspicious(SIZE) if rule}
    assert planted <= found
    assert len(found) < 3 * len(planted)  # and not everything else besides


def test_a_gold_table_joins_tables_of_two_domains(finance: Finance) -> None:
    found = rows(
        finance,
        "SELECT brand, operations::int, spent_eur, total_gross IS NOT NULL"
        " FROM gold_finance.brand_spending ORDER BY brand",
    )
    reported = [
        one for one in expected.operations(SIZE) if one.operation.label.startswith("Boutique ")
    ]
    brands = sorted({one.operation.label.removeprefix("Boutique ") for one in reported})
    assert [row[0] for row in found] == brands
    assert sum(row[1] for row in found) == len(reported)
    assert sum(row[2] for row in found) == sum(one.amount_eur for one in reported)
    assert all(row[3] for row in found)


def test_what_has_no_schedule_waits_for_the_tables_that_it_reads(project_root: Path) -> None:
    waits = {
        pipeline: [str(table) for table in plan_of(pipeline, project_root).settings.asset_schedule]
        for pipeline in GOLD
    }
    assert waits == {
        "finance.kpis": [
            "silver_finance.customers",
            "silver_finance.exchange_rates",
            "silver_finance.transactions",
        ],
        "finance.fraud": ["gold_finance.operations"],
        "finance.brand_spending": ["gold_cinema.brand_performance", "gold_finance.operations"],
    }


def test_every_way_to_fail_a_check_has_been_taken(finance: Finance) -> None:
    statuses = dict(
        rows(
            finance,
            "SELECT check_id, min(status) FILTER (WHERE status <> 'passed')"
            " FROM medallion.gate_results GROUP BY check_id",
        )
    )
    assert statuses["between_amount"] == "quarantined"
    assert statuses["between_deliveries"] == "warned"
    assert statuses["fresh_rate_date"] == "warned"
    assert statuses["row_count"] is None


@pytest.mark.parametrize(
    ("role", "table", "may"),
    [
        ("fraud_team", "gold_finance.suspicious_operations", True),
        ("fraud_team", "gold_finance.daily_volumes", False),
        ("bi_reader", "gold_finance.daily_volumes", True),
        ("bi_reader", "gold_finance.suspicious_operations", False),
        ("bi_reader", "silver_finance.customers", False),
        ("reader_finance", "silver_finance.customers", True),
        ("fraud_team", "silver_finance.customers", True),
    ],
)
def test_each_team_reads_its_own_tables(finance: Finance, role: str, table: str, may: bool) -> None:
    assert rows(finance, f"SELECT has_table_privilege('{role}', '{table}', 'SELECT')") == [(may,)]


def test_the_bi_team_gets_an_answer_from_each_chart(finance: Finance, project_root: Path) -> None:
    """Each chart's expressions in one question; the role that Superset reads with may ask it."""
    specs = load_all(project_root, sql_reader(project_root)).specs
    plans = [make_plan(spec) for spec in specs]
    tables = {table.table: table for plan in plans for table in plan.bi_tables}
    charts = [c for plan in plans for board in plan.dashboards for c in board.charts]
    assert len({chart.kind for chart in charts}) >= 7
    with psycopg.connect(finance.project.url) as connection:
        for chart in charts:
            may = "SELECT has_table_privilege('bi_reader', %s, 'SELECT')"
            assert connection.execute(may, (str(chart.table),)).fetchone() == (True,)
            found = connection.execute(_question(chart, tables[chart.table])).fetchall()
            is_cinema = chart.table.schema == "gold_cinema"
            assert found or is_cinema, f"{chart.name}: {chart.table}"


def _question(chart: BiChart, table: BiTable) -> sql.Composed:
    metrics = {one.name: one.expression for one in table.metrics}
    dimensions = {one.name: one.expression for one in table.dimensions if one.expression}
    grouped = [dimensions.get(one, f'"{one}"') for one in (*chart.dimensions, *chart.columns)]
    asked = [*grouped, *(metrics[one] for one in chart.metrics)]
    return sql.SQL("SELECT {} FROM {} WHERE {} {} {}").format(
        sql.SQL(", ").join(sql.SQL(one) for one in asked),  # type: ignore[arg-type]
        sql.Identifier(chart.table.schema, chart.table.table),
        sql.SQL(chart.where or "true"),  # type: ignore[arg-type]
        sql.SQL("GROUP BY" if grouped else ""),
        sql.SQL(", ").join(sql.Literal(at + 1) for at in range(len(grouped))),
    )


def test_any_order_of_days_ends_in_the_same_tables(
    finance: Finance, bank_database, project_root: Path, tmp_path: Path
) -> None:
    """Some days in another order, some twice, one by a backfill, and with all files there."""
    until = ends_of(SIZE)[max(SHUFFLED)].isoformat()
    queries = [
        "SELECT _data_interval_end, to_jsonb(t) - '_load_id' FROM silver_finance.transactions AS t"
        f" WHERE _data_interval_end <= '{until}' ORDER BY 1, transaction_id",
        "SELECT customer_id, email, iban, segment, city, _valid_from,"
        f" CASE WHEN _valid_to <= '{until}' THEN _valid_to END FROM silver_finance.customers"
        f" WHERE _valid_from <= '{until}' ORDER BY customer_id, _valid_from",
        "SELECT currency, rate_date, rate, published_at FROM silver_finance.exchange_rates"
        f" WHERE published_at < '{until}' ORDER BY 1, 2",
    ]
    with (
        bank_database() as url,
        bank_database() as core,
        finance_domain(tmp_path, project_root, url, core) as again,
    ):
        again.deliver()
        for day in SHUFFLED:
            again.bank(day, backfill=day == 5)
        again.exchange(max(SHUFFLED))
        again.exchange(2, backfill=True)
        for text in queries:
            assert rows(again, text) == rows(finance, text)
    assert again.refusals == {}
    assert set(SHUFFLED) == set(range(6))


def test_the_projects_contracts_and_products_are_what_is_published(
    finance: Finance,
    project_root: Path,
    kafka_broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With MEDALLION_WRITE_GOLDEN they are written: look at what differs, it is what readers are
    promised."""
    publish_payment(finance.project, kafka_broker)
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", finance.project.url)
    is_written = bool(os.environ.get("MEDALLION_WRITE_GOLDEN"))
    for what in ("contract", "product"):
        kept, folder = project_root / f"{what}s", finance.project.root / f"{what}s"
        shutil.copytree(kept, folder)
        export = [what, "export", "--root", str(finance.project.root)]
        if is_written:
            assert main(export) == 0
            shutil.copytree(folder, kept, dirs_exist_ok=True)
        assert main([*export, "--check"]) == 0, capsys.readouterr().out
