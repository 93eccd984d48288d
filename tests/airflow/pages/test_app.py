"""The app of the pages: who gets an answer, and what every answer carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from airflow.api_fastapi.app import create_auth_manager
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.airflow.pages.filled import filled_shop, paths, routes
from tests.airflow.pages.visitors import BELOW, HTML, Person, client, mounted
from tests.catalogue.shop import SALES, SPEC, Shop

from medallion.airflow.pages import access, actions, csrf, desk, rendering
from medallion.airflow.pages.app import make_app
from medallion.lake.servers import keep_server
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import Layer, PublishedTable
from medallion.plan.environment import Environment
from medallion.run import Run
from medallion.spec.models.alerts import AlertEvent
from medallion.steps.publish.primary import read_server
from medallion.warehouse.journal.collection import TableReads, Tally, add_reads
from medallion.warehouse.quarantine.chosen import Chosen
from medallion.warehouse.registry import approvals
from medallion.warehouse.registry.approvals import ExampleRow, Question
from medallion.warehouse.registry.incidents import NewIncident, close_incidents, open_incident
from medallion.warehouse.registry.operator_actions import actions_of, record_action
from medallion.warehouse.session.transaction import session

CELLS = (("amount", None, "7.25"), ("email", None, "ada@example.org"))


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory,
    module_warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("shop") / "project"
    with filled_shop(root, module_warehouse_db, embedded_postgres, pg_url) as shop:
        yield shop


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_every_route_asks_who_it_is(route: APIRoute) -> None:
    assert access._viewer in list(asked_by(route.dependant))


def asked_by(dependant: Dependant) -> Iterator[object]:
    """What a route depends on, and what that depends on."""
    for one in dependant.dependencies:
        yield one.call
        yield from asked_by(one)


def test_anonymous_gets_nothing_but_the_login() -> None:
    create_auth_manager()
    with TestClient(mounted(make_app()), follow_redirects=False) as anonymous:
        for path in paths():
            assert anonymous.get(path).status_code == 401, path
        shown = anonymous.get(f"{BELOW}/", headers=HTML)
    assert shown.status_code == 303
    assert "/auth/login" in shown.headers["location"]


def test_who_may_see_another_domain_sees_nothing_of_this_one(strangers: TestClient) -> None:
    for path in paths():
        if path.endswith(
            (
                "/",
                "/api/tables",
                "/api/incidents",
                "desk.css",
                "openapi.json",
                "/specs",
                "/backfills",
                "/docs",  # of the documentation, which holds nobody's data
                "/docs/index.html",
            )
        ):
            continue
        if path.endswith(("/lineage", "/list", "/products")):
            continue
        answer = strangers.get(path, headers=HTML)
        assert answer.status_code == 404, path
        assert "One row per sale" not in answer.text
    assert strangers.get(f"{BELOW}/api/tables").json()["rows"] == []
    assert "shop" not in strangers.get(f"{BELOW}/", headers=HTML).text.replace("ada", "")


def test_pages_load_nothing_of_elsewhere_and_stay_below_their_path(pages: TestClient) -> None:
    shown = pages.get(f"{BELOW}/", headers=HTML)
    assert shown.status_code == 200
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert 'href="/airflow/medallion/tables/silver_shop.sales"' in shown.text
    assert "<style" not in shown.text
    assert "style=" not in shown.text
    assert "<script>" not in shown.text
    assert 'href="//' not in shown.text
    assert "http://" not in shown.text


def test_what_people_write_is_text_and_not_markup(pages: TestClient) -> None:
    shown = pages.get(f"{BELOW}/", params={"text": '"><script>x'}, headers=HTML)
    assert "<script>x" not in shown.text
    assert "&#34;&gt;&lt;script&gt;x" in shown.text
    missing = pages.get(f"{BELOW}/tables/silver_shop.<b>", headers=HTML)
    assert missing.status_code == 404
    assert "<b>" not in missing.text


def test_a_table_and_a_domain_have_pages(pages: TestClient) -> None:
    shown = pages.get(f"{BELOW}/tables/silver_shop.sales", headers=HTML).text
    assert "The till&#39;s number." in shown
    assert "4 published, 2 quarantined" in shown
    assert 'href="/airflow/medallion/tables/gold_shop.totals"' in shown
    domain = pages.get(f"{BELOW}/domains/shop", headers=HTML).text
    assert "What the shop sells." in domain
    assert 'href="/airflow/medallion/lineage?domain=shop"' in domain


def test_a_table_of_a_lake_says_where_it_is_there(shop: Shop, pages: TestClient) -> None:
    place = "s3://lake@shop/sales"
    published = f"      publish_to: [{{format: iceberg, location: '{place}'}}]\n"
    (shop.root / "specs/access.yaml").write_text(
        "connections: {shop: [lake]}\nlakes: {shop: ['s3://lake@shop']}\n"
    )
    try:
        shop.write(SPEC.replace("      freshness:", f"{published}      freshness:", 1))
        desk._shelf.cache_clear()
        shown = pages.get(f"{BELOW}/tables/silver_shop.sales", headers=HTML).text
    finally:
        (shop.root / "specs/access.yaml").unlink()
        shop.write()
        desk._shelf.cache_clear()
    assert f"<dt>In the lake</dt><dd>Iceberg, <code>{place}</code></dd>" in shown
    assert "In the lake" not in pages.get(f"{BELOW}/tables/silver_shop.sales", headers=HTML).text


def test_the_static_files_are_the_pages_own(pages: TestClient) -> None:
    assert pages.get(f"{BELOW}/static/desk.css").status_code == 200
    assert pages.get(f"{BELOW}/static/..%2fapp.py").status_code == 404


def test_a_warehouse_that_is_away_is_named_with_the_remedy(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        desk, "loader_url", lambda: f"postgresql://loader:secret@/x?host={tmp_path}"
    )
    shown = pages.get(f"{BELOW}/", headers=HTML)
    assert shown.status_code == 503
    assert "is the server up?" in shown.text
    assert pages.get(f"{BELOW}/api/tables").status_code == 503


@pytest.fixture
def operators(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """As somebody who may trigger the shop's DAGs too."""
    with client(shop, monkeypatch, "shop", "operator") as opened:
        yield opened
    desk._shelf.cache_clear()


@pytest.mark.parametrize("name", ["silver_shop.sales", "gold_shop.totals"])
def test_every_page_of_every_table_is_there_and_shows_no_personal_value(
    pages: TestClient, name: str
) -> None:
    for path in paths(name):
        shown = pages.get(path, headers=HTML)
        assert shown.status_code == 200, (path, shown.text[:2000])
        assert "example.org</td>" not in shown.text, path
        assert "a****@example.org" not in shown.text, path
        assert "****@example.org" not in shown.text, path


def test_a_product_has_a_page_that_its_domain_leads_to(pages: TestClient) -> None:
    listed = pages.get(f"{BELOW}/products", headers=HTML).text
    assert '<a href="/airflow/medallion/products/shop.takings">&lt;Takings&gt;</a>' in listed
    domain = pages.get(f"{BELOW}/domains/shop", headers=HTML).text
    assert '<a href="/airflow/medallion/products/shop.takings">&lt;Takings&gt;</a>' in domain
    shown = pages.get(f"{BELOW}/products/shop.takings", headers=HTML).text
    assert "90 days before it ends or breaks" in shown
    assert '<a href="/airflow/medallion/tables/gold_shop.totals">' in shown
    found = pages.get(f"{BELOW}/api/products/shop.takings").json()
    assert found["missing"] == [] and found["line"]["owner"] == "shop-team"
    assert [one["name"] for one in pages.get(f"{BELOW}/api/products").json()] == ["takings"]
    assert pages.get(f"{BELOW}/products/shop.none", headers=HTML).status_code == 404


def test_airflow_says_whether_a_run_is_over(pages: TestClient) -> None:
    (queued,) = pages.get(f"{BELOW}/api/backfills/1").json()["runs"]
    for run_id, is_over in ((queued["run_id"], False), ("scheduled__1", True)):
        found = pages.get(f"{BELOW}/api/dags/shop.sales/runs/{quote(run_id)}").json()
        assert (found["run_id"], found["is_over"]) == (run_id, is_over)


def test_one_result_of_a_check_is_a_sentence(pages: TestClient) -> None:
    asked = {"run": "scheduled__1", "layer": "silver", "check": "between_amount"}
    shown = pages.get(f"{BELOW}/tables/silver_shop.sales/quality", params=asked, headers=HTML).text
    assert "1 of 5 rows failed (20.0 %); the failing rows went to quarantine." in shown
    assert "<code>-5.00</code>" in shown or "<code>-5.0</code>" in shown


ACTIONS = [
    ("rollback", {"version": "1"}),
    ("pin", {"version": "1"}),
    ("unpin", {"version": "1"}),
    ("quarantine/drop", {"run": "scheduled__0"}),
    ("quarantine/replay", {"run": "scheduled__0"}),
    ("quarantine/drop", {"reason": "between_amount"}),
    ("quarantine/replay", {"row": "1"}),
]


@pytest.mark.parametrize(("action", "words"), ACTIONS)
def test_who_may_not_trigger_the_dag_changes_nothing(
    pages: TestClient, action: str, words: dict[str, str]
) -> None:
    place = f"{BELOW}/tables/silver_shop.sales/{action}"
    for confirmed in ({}, {"confirmed": "true"}):
        refused = pages.post(place, data=words | confirmed, headers=HTML)
        assert refused.status_code == 403
        assert "not change what it publishes" in refused.text
    quarantine = pages.get(f"{BELOW}/tables/silver_shop.sales/quarantine", headers=HTML).text
    assert "Replay selected" not in quarantine


@pytest.mark.parametrize(("action", "words"), ACTIONS)
def test_a_form_of_somebody_elses_page_changes_nothing(
    operators: TestClient, action: str, words: dict[str, str]
) -> None:
    place = f"{BELOW}/tables/silver_shop.sales/{action}"
    other = csrf.token_for(Person(name="eve", dag_ids=frozenset(), domains=frozenset(), user=None))
    for token in ("", "made.up", other):
        refused = operators.post(place, data=words | {"confirmed": "true", "token": token})
        assert refused.status_code == 403, token


def test_a_table_that_does_not_grow_has_no_intervals(pages: TestClient) -> None:
    answer = pages.get(f"{BELOW}/api/tables/silver_shop.sales/intervals").json()
    assert answer["intervals"] == []


def test_a_rollback_is_asked_for_once_more_done_and_journalled(operators: TestClient) -> None:
    place = f"{BELOW}/tables/silver_shop.sales/rollback"
    api = f"{BELOW}/api/tables/silver_shop.sales/versions"
    asked = operators.post(place, data={"version": "1"}, headers=HTML)
    assert "Readers of silver_shop.sales see version 1 in place of version 2" in asked.text
    assert [one["is_current"] for one in operators.get(api).json()["kept"]] == [True, False]
    token = asked.text.partition('name="token" value="')[2].partition('"')[0]
    words = {"version": "1", "confirmed": "true", "token": token}
    done = operators.post(place, data=words, headers=HTML)
    assert done.status_code == 200, "it leads back to the versions"
    found = operators.get(api).json()
    assert [one["is_current"] for one in found["kept"]] == [False, True]
    assert found["actions"][0]["done_by"] == "operator"
    assert found["actions"][0]["details"] == {"from": 2, "to": 1}
    operators.post(place, data=words | {"version": "2"}, headers=HTML)


def test_who_reads_a_table_is_counted_for_all_and_named_for_operators(
    pages: TestClient, operators: TestClient
) -> None:
    place = f"{BELOW}/tables/silver_shop.sales"
    for client_, names in ((pages, False), (operators, True)):
        text = client_.get(place, headers=HTML).text
        assert "Read by <strong>2</strong> logins in the last 30 days, 42 times" in text
        assert "Of 44 statements in the warehouse in 30 days, 2 may have read more" in text
        for word in ("superset_reader", "10.0.0.7", "10.0.0.8", "notebook-7", "1,234 rows"):
            assert (word in text) is names, word
        usage = client_.get(f"{BELOW}/api/tables/silver_shop.sales").json()["story"]["usage"]
        assert (usage["readers_month"], usage["times_month"]) == (2, 42)
        assert {
            (one["reader"], one["client"], one["application"], one["times"], one["rows"])
            for one in usage["readers"]
        } == (READERS if names else set())


READERS = {
    ("superset_reader", "10.0.0.7", "superset", 41, None),
    ("ada", "10.0.0.8", "notebook-7", 1, 1_234),
}


def test_a_table_that_nobody_reads_says_for_how_long(
    pages: TestClient, shop: Shop, pg_url: str
) -> None:
    def said() -> str:
        text = pages.get(f"{BELOW}/tables/gold_shop.totals", headers=HTML).text
        (found,) = re.findall(r"<p>((?:Not|Nobody has) read .*?)</p>", text, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", "", found).split())

    assert said().startswith("Nobody has read it since reads are collected: ")
    admin = make_conninfo(pg_url, dbname=str(conninfo_to_dict(shop.url)["dbname"]))
    with psycopg.connect(admin) as keeper:
        keeper.execute(
            "INSERT INTO medallion_journal.collections (collected_at)"
            " VALUES (now() - interval '100 days')"
        )
    assert said() == "Not read for 90 days."
    for days, words in ((95, "Not read for 90 days; last "), (40, "Not read in the last 30 days")):
        at = datetime.now(UTC) - timedelta(days=days)
        read = TableReads(
            layer="gold", domain="shop", table_name="totals", reader="ada", client="10.0.0.8",
            application="psql", first_at=at, last_at=at, times=1,
        )  # fmt: skip
        tally = Tally(up_to=at, lines=1, statements=1, refused=0, not_understood={})
        with session(shop.url, "keeping a read") as connection:
            assert add_reads(connection, str(days), (0, 1), [read], tally)
        assert said().startswith(words)


def test_nothing_is_changed_on_a_former_primary(
    operators: TestClient, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"{BELOW}/tables/silver_shop.sales/rollback"
    asked = operators.post(place, data={"version": "1"}, headers=HTML)
    token = asked.text.partition('name="token" value="')[2].partition('"')[0]
    with session(shop.url, "asking which server it is") as connection:
        here = read_server(connection)
    assert here is not None
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path))
    keep_server(tmp_path, replace(here, timeline=here.timeline + 1))
    words = {"version": "1", "confirmed": "true", "token": token}
    refused = operators.post(place, data=words, headers=HTML)
    assert refused.status_code >= 400
    assert "this PostgreSQL is a former primary" in refused.text
    found = operators.get(f"{BELOW}/api/tables/silver_shop.sales/versions").json()["kept"]
    assert [one["is_current"] for one in found] == [True, False]


def test_a_version_is_pinned_and_unpinned_after_being_asked(operators: TestClient) -> None:
    place, tab = f"{BELOW}/tables/silver_shop.sales", f"{BELOW}/tables/silver_shop.sales/versions"
    for action, pinned_by in (("pin", "operator"), ("unpin", "")):
        asked = operators.post(f"{place}/{action}", data={"version": "1"}, headers=HTML).text
        token = asked.partition('name="token" value="')[2].partition('"')[0]
        words = {"version": "1", "confirmed": "true", "token": token}
        shown = operators.post(f"{place}/{action}", data=words, headers=HTML).text
        assert ("pinned by operator" in shown) is bool(pinned_by)
        found = operators.get(tab.replace("/tables/", "/api/tables/")).json()
        assert [one["pinned_by"] for one in found["kept"]] == ["", pinned_by]
        assert found["actions"][0]["action"] == action


def test_a_form_with_nothing_selected_and_a_wrong_address_are_said_in_a_sentence(
    operators: TestClient,
) -> None:
    place = f"{BELOW}/tables/silver_shop.sales/quarantine"
    for action in ("drop", "replay"):
        said = operators.post(f"{place}/{action}", headers=HTML)
        assert said.status_code == 400
        assert "Nothing is selected" in said.text
    wrong = operators.get(f"{place}?after=x", headers=HTML)
    assert wrong.status_code == 422
    assert "cannot be used: after: " in wrong.text
    detail = operators.get(f"{place}?after=x".replace("/tables/", "/api/tables/")).json()["detail"]
    assert detail[0]["loc"] == ["query", "after"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tables/silver_shop.sales%00", 404),
        ("/domains/shop%00", 404),
        ("/dags/shop.sales%00/runs/scheduled__0", 404),
        ("/tables/silver_shop.sales/quarantine?run=a%00b", 422),
        ("/api/tables/silver_shop.sales/quarantine?run=a%00b", 422),
    ],
)
def test_a_zero_byte_in_an_address_is_said_before_the_warehouse_is_asked(
    operators: TestClient, address: str, status: int
) -> None:
    said = operators.get(f"{BELOW}{address}", headers=HTML)
    assert said.status_code == status
    assert "zero byte" in said.text or status == 404


def test_what_was_done_about_quarantine_stands_beside_it(shop: Shop, operators: TestClient) -> None:
    table = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")
    details: dict[str, object] = {"runs": ["scheduled__0"], "dag_runs": ["manual__1+x"]}
    with session(shop.url, "test") as connection:
        record_action(connection, table, by="operator", action="replay", details=details)
        record_action(connection, table, by="operator", action="pin", details={})
    shown = operators.get(f"{BELOW}/tables/silver_shop.sales/quarantine", headers=HTML).text
    assert 'href="/airflow/dags/medallion.replay_quarantine/runs/manual__1%2Bx"' in shown
    assert '<td>operator</td><td class="nowrap">replay</td>' in shown
    assert "pin</td>" not in shown
    assert 'value="scheduled__0"' in shown
    asked = operators.post(
        f"{BELOW}/tables/silver_shop.sales/quarantine/drop",
        data={"run": "scheduled__0"},
        headers=HTML,
    ).text
    assert "2 open rows of 1 run in the quarantine of silver_shop.sales are deleted" in asked
    assert 'href="/airflow/medallion/tables/silver_shop.sales/quarantine">Cancel' in asked


def confirmed(asked: str) -> dict[str, str | list[str]]:
    """What the form sends that asks once more."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked):
        found.setdefault(name, []).append(value)
    return {name: them[0] if len(them) == 1 else them for name, them in found.items()}


def test_single_rows_are_dropped_and_a_second_press_does_nothing(
    shop: Shop, operators: TestClient
) -> None:
    place = f"{BELOW}/tables/silver_shop.sales/quarantine"
    api = place.replace("/tables/", "/api/tables/")
    before = operators.get(api).json()
    first, *others = [one["quarantine_id"] for one in before["rows"]]
    shown = operators.get(place, headers=HTML).text
    assert f'name="row" value="{first}" aria-label="Select row {first}"' in shown
    asked = operators.post(f"{place}/drop", data={"row": [str(first)]}, headers=HTML).text
    assert "1 open row of 1 run in the quarantine of silver_shop.sales is deleted" in asked
    assert f"<li>row {first}</li>" in asked
    form = confirmed(asked)
    assert form["up_to"] == str(first)
    done = operators.post(f"{place}/drop", data=form, headers=HTML)
    assert done.status_code == 200
    again = operators.post(f"{place}/drop", data=form, headers=HTML)
    assert again.status_code == 409
    assert "somebody has dropped or replayed it" in again.text
    assert f'<a href="{place}">Back to silver_shop.sales</a>' in again.text
    assert [one["quarantine_id"] for one in operators.get(api).json()["rows"]] == others
    with session(shop.url, "test") as connection:
        (entry, *_) = actions_of(connection, SALES)
    assert (entry.done_by, entry.action) == ("operator", "drop quarantine")
    assert entry.details == {"row numbers": [first], "rows": 1}


def test_rows_of_a_reason_are_asked_about_with_their_number(operators: TestClient) -> None:
    place = f"{BELOW}/tables/silver_shop.sales/quarantine"
    asked = operators.post(f"{place}/replay", data={"reason": "between_amount"}, headers=HTML).text
    assert "Replay these rows?" in asked
    assert "are tried again" in asked or "is tried again" in asked
    assert "and so do the other open rows of these runs" in asked
    assert "<li>reason between_amount</li>" in asked
    form = confirmed(asked)
    assert form["reason"] == "between_amount"
    assert int(str(form["up_to"])) > 0


@pytest.mark.parametrize(
    "words",
    [
        {"row": str(2**63)},
        {"row": "1", "up_to": str(2**63)},
        {"run": "a\0b"},
        {"reason": "a\0b"},
        {"row": [str(number) for number in range(1, 902)]},
    ],
)
def test_what_no_page_has_offered_is_refused_before_the_warehouse_is_asked(
    operators: TestClient, words: dict[str, str | list[str]]
) -> None:
    for action in ("drop", "replay"):
        place = f"{BELOW}/tables/silver_shop.sales/quarantine/{action}"
        assert operators.post(place, data=words, headers=HTML).status_code == 422


def test_as_many_rows_as_may_be_selected_can_be_confirmed(operators: TestClient) -> None:
    place = f"{BELOW}/tables/silver_shop.sales/quarantine/drop"
    api = f"{BELOW}/api/tables/silver_shop.sales/quarantine"
    there = str(operators.get(api).json()["rows"][0]["quarantine_id"])
    gone = [str(number) for number in range(10**6, 10**6 + actions.MOST - 1)]
    words = {"row": [there, *gone]}
    asked = operators.post(place, data=words, headers=HTML)
    assert asked.status_code == 200
    form = confirmed(asked.text) | {"token": "made.up"}
    assert operators.post(place, data=form).status_code == 403, "all of it was read"


def test_a_replay_is_of_what_was_asked_about_and_no_more() -> None:
    both = Chosen(run_ids=("one", "two"), reasons=("between_amount",), up_to=9)
    assert actions.list_confs("silver_shop.sales", both) == [
        {
            "table": "silver_shop.sales",
            "run_id": run_id,
            "reasons": ["between_amount"],
            "rows": None,
            "up_to": 9,
        }
        for run_id in ("one", "two")
    ]
    rows = Chosen(row_ids=(4, 5), up_to=5)
    assert actions.list_confs("silver_shop.sales", rows) == [
        {"table": "silver_shop.sales", "reasons": None, "rows": [4, 5], "up_to": 5}
    ]
    assert actions.list_confs("silver_shop.sales", Chosen(run_ids=("one",), up_to=9)) == [
        {"table": "silver_shop.sales", "run_id": "one"}
    ]


def test_rows_as_json_have_no_personal_value_and_are_of_those_who_may_see_them(
    pages: TestClient, strangers: TestClient
) -> None:
    place = f"{BELOW}/api/tables/silver_shop.sales/rows"
    answer = pages.get(place).json()
    assert answer["hidden"] == ["email"]
    assert "email" not in answer["columns"] and "sale_id" in answer["columns"]
    assert answer["rows"] and "example.org" not in str(answer["rows"])
    assert strangers.get(place).status_code == 404


def test_an_environment_offers_no_replay(
    operators: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Airflow has no DAG that would do it. (The shop's own tables stand for the environment's:
    its catalogue reads them by their names.)"""
    monkeypatch.setattr(actions, "read_environment", lambda: Environment("alice"))
    monkeypatch.setattr(rendering, "read_environment", lambda: Environment("alice"))
    place = f"{BELOW}/tables/silver_shop.sales/quarantine"
    shown = operators.get(place, headers=HTML).text
    assert "Replay selected" not in shown
    assert "Drop selected" in shown
    refused = operators.post(f"{place}/replay", data={"run": "scheduled__0"}, headers=HTML)
    assert refused.status_code == 500
    assert "nothing is replayed in the environment alice" in refused.text.lower()


def test_an_incident_leads_to_where_it_is_ended(pages: TestClient, shop: Shop) -> None:
    refused = NewIncident(
        key="spec_refused:specs/shop/new.yaml",
        event=AlertEvent.SPEC_REFUSED,
        domain="shop",
        dag_id="shop.new",
        problem="refused",
    )
    waits = NewIncident(
        key="approval_wanted:gold_shop.totals:r",
        event=AlertEvent.APPROVAL_WANTED,
        domain="shop",
        dag_id="shop.sales",
        table="gold_shop.totals",
        problem="asked",
    )
    keys = [refused.key, waits.key]
    with session(shop.url, "breaking") as connection:
        open_incident(connection, refused)
        open_incident(connection, waits)
    try:
        shown = pages.get(f"{BELOW}/", headers=HTML).text
    finally:
        with session(shop.url, "repairing") as connection:
            close_incidents(connection, keys)
    assert '/medallion/specs?file=specs%2Fshop%2Fnew.yaml">specs/shop/new.yaml</a>' in shown
    assert "/dags/shop.new" not in shown, "it may never have had a DAG"
    assert '/medallion/tables/gold_shop.totals/approvals">gold_shop.totals</a>' in shown
    assert "2 incidents are open" in shown or "needs you" in shown


def test_two_versions_are_chosen_to_be_compared(pages: TestClient) -> None:
    shown = pages.get(f"{BELOW}/tables/silver_shop.sales/versions", headers=HTML).text
    chosen = re.findall(r'name="(one|other)" value="(\d+)" checked', shown)
    assert sorted(chosen) == [("one", "1"), ("other", "2")]
    asked = {"one": "1", "other": "2"}
    compared = pages.get(
        f"{BELOW}/tables/silver_shop.sales/versions", params=asked, headers=HTML
    ).text
    assert "<strong>1</strong> row added" in compared


def test_openapi_names_every_address_of_the_api(pages: TestClient) -> None:
    described = set(pages.get(f"{BELOW}/api/openapi.json").json()["paths"])
    assert described == {
        route.path
        for route in routes()
        if route.path.startswith("/api/") and route.include_in_schema
    }
    assert len(described) >= 6


def test_what_waits_for_approval_is_shown_with_its_form_and_who_decided(
    shop: Shop, pages: TestClient
) -> None:
    table = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    run = Run(dag_id="shop.sales", run_id="manual__1/2", interval_start=moment, interval_end=moment)
    asked = question(
        examples=(ExampleRow(kind="added", key=("<b>",), cells=CELLS),),
        breaks=("n: text → bigint",),
        readers=("gold table gold_shop.totals", "gold table gold_other.pay", "a report"),
        reader_domains=("shop", "other", ""),
    )
    with session(shop.url, "test") as connection:
        first = approvals.ask(connection, run, table, "c0de1", asked)
        approvals.decide(connection, first, approvals.REJECTED, "Ada", "ask <Cem>")
        approvals.ask(connection, run, table, "c0de2", asked)
    shown = pages.get(f"{BELOW}/tables/silver_shop.sales/approvals", headers=HTML).text
    assert "Waits for approval" in shown
    assert "c0de2" in shown
    assert "/dags/shop.sales/runs/manual__1%2F2/tasks/sales.publish/required_actions" in shown
    assert "Rejected by Ada" in shown
    assert 'target="_top"' not in shown, "a frame may not go there by itself"
    assert "ask &lt;Cem&gt;" in shown
    assert "&lt;b&gt;" in shown
    assert "7.25" in shown
    for text in (shown, pages.get(f"{BELOW}/api/tables/silver_shop.sales/approvals").text):
        assert "ada@example.org" not in text, "a column that is personal by now"
    answer = pages.get(f"{BELOW}/api/tables/silver_shop.sales/approvals").json()
    assert [one["decision"] for one in answer] == [None, "rejected"]
    assert answer[0]["question"]["rows_staged"] == 3
    assert answer[0]["question"]["readers"] == ["gold table gold_shop.totals", "a report"]
    assert "read by gold table gold_shop.totals" in shown
    assert "and read by 1 in other domains" in shown
    assert "gold_other" not in shown


def question(**more: Any) -> Question:
    return Question(
        why="the spec asks for it",
        write_disposition="replace",
        rows_before=2,
        version_before=1,
        rows_staged=3,
        rows_read=3,
        rows_quarantined=0,
        rows_deduplicated=0,
        rows_discarded=0,
        **more,
    )


def test_what_is_wrong_now_is_shown_first_and_on_the_tables_page(
    pages: TestClient, strangers: TestClient, shop: Shop
) -> None:
    new = NewIncident(
        key="stale:silver_shop.sales",
        event=AlertEvent.STALE,
        domain="shop",
        dag_id="shop.sales",
        table="silver_shop.sales",
        problem="older than it should be <b>",
    )
    with session(shop.url, "breaking") as connection:
        open_incident(connection, new)
    try:
        for path in ("/", "/tables/silver_shop.sales"):
            shown = pages.get(f"{BELOW}{path}", headers=HTML).text
            assert "Open incidents" in shown, path
            assert "Older than it should be &lt;b&gt;" in shown, path
        assert "Nothing needs you" not in pages.get(f"{BELOW}/", headers=HTML).text
        said = pages.get(f"{BELOW}/api/incidents").json()
        assert [one["event"] for one in said["incidents"]] == ["stale"]
        other = pages.get(f"{BELOW}/tables/gold_shop.totals", headers=HTML).text
        assert "Open incidents" not in other
    finally:
        with session(shop.url, "repairing") as connection:
            close_incidents(connection, [new.key])
    said = strangers.get(f"{BELOW}/api/incidents").json()
    assert said == {"incidents": [], "channels": [], "bi_failing_since": None}
