"""A table's intervals on their page, and a restatement: looked at, started, followed, continued."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
from airflow.models.dagrun import DagRun
from airflow.sdk.exceptions import AirflowFailException
from airflow.utils.session import create_session
from fastapi.testclient import TestClient
from httpx import Response
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import select
from tests.airflow.metadata_db import airflow_metadata, keep_dags
from tests.airflow.pages.visitors import BELOW, HTML, client
from tests.catalogue.shop import Shop
from tests.conftest import fresh_database
from tests.operations.test_restate import DAYS, READINGS, Lab, day_of, drop_before, make_lab

from medallion.airflow import restate_dag, upkeep
from medallion.airflow.pages import desk
from medallion.compiler.project import load_project
from medallion.errors import WarehouseUnavailable
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations import restate as operation
from medallion.operations.freshness import keep_declared
from medallion.operations.restate import continue_restatement
from medallion.warehouse.registry.restatements import record_restatement
from medallion.warehouse.roles.catalogue_reader import catalogue_url
from medallion.warehouse.session.transaction import session

PAGE = f"{BELOW}/tables/silver_lab.readings/intervals"
DAYS_PAGE = f"{BELOW}/tables/gold_lab.days/intervals"
API = f"{BELOW}/api/tables/gold_lab.days/intervals"
TWO = {"first": "2026-01-03", "last": "2026-01-04"}


@pytest.fixture(scope="module")
def lab(
    module_warehouse_db: str,
    tmp_path_factory: pytest.TempPathFactory,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
) -> Iterator[Lab]:
    """Six days are made, of which two days' readings have changed since; Airflow knows the DAGs."""
    found = make_lab(module_warehouse_db, tmp_path_factory.mktemp("lab"))
    project = load_project(found.root, until=time.monotonic() + 600)
    assert not project.issues, project.issues
    for day in range(DAYS):
        found.readings.arrive(day, day + 1)
    found.run_day(DAYS - 1)
    with session(found.url, "declaring") as connection:
        keep_declared(connection, found.root)
        record_restatement(connection, READINGS, day_of(4), by="ana", downstream=[], runs=0)
    with fresh_database(embedded_postgres, pg_url) as url, airflow_metadata(url):
        keep_dags(restate_dag.build(found.root, ()))
        yield found


@pytest.fixture
def shop(lab: Lab) -> Shop:
    """The laboratory, for what asks for a shop."""
    return Shop(root=lab.root, url=lab.url)


@pytest.fixture(params=["operator"])
def pages(
    shop: Shop, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    with client(shop, monkeypatch, "lab", str(request.param)) as opened:
        yield opened
    desk._shelf.cache_clear()


def token_in(answer: Response) -> str:
    return answer.text.partition('name="token" value="')[2].partition('"')[0]


def set_state(state: str) -> None:
    """Of all runs, as the scheduler would."""
    with create_session() as metadata:
        for run in metadata.scalars(select(DagRun)):
            run.set_state(state)


def run_ids() -> list[str]:
    with create_session() as metadata:
        return list(metadata.scalars(select(DagRun.run_id).order_by(DagRun.id)))


def test_what_is_there_missing_and_restated_is_drawn_and_listed(pages: TestClient) -> None:
    shown = pages.get(DAYS_PAGE, headers=HTML)
    assert shown.status_code == 200, shown.text[:3000]
    states = [one["state"] for one in pages.get(API).json()["intervals"]]
    assert states[:DAYS] == ["there"] * 4 + ["restated", "there"]
    assert set(states[DAYS:]) == {"missing"}
    for said in (
        "5 there",
        "1 restated",
        'aria-label="there: 4 intervals, 2026-01-01 00:00 to 2026-01-05 00:00 UTC"',
        'aria-label="restated: 1 interval, 2026-01-05 00:00 to 2026-01-06 00:00 UTC, because of '
        'silver_lab.readings"',
        "/tables/silver_lab.readings/intervals?first=2026-01-05&amp;last=2026-01-05",
        "/backfills?dag_id=lab.sensors&amp;first=2026-01-07",
    ):
        assert said in shown.text, said
    whole = pages.get(f"{BELOW}/tables/gold_lab.total/intervals", headers=HTML).text
    assert "Which intervals are there" not in whole
    assert "Make again what was made of some days" in whole
    for name, is_view in (("shown", True), ("total", False)):
        versions = pages.get(f"{BELOW}/tables/gold_lab.{name}/versions", headers=HTML).text
        assert ("when published" in versions) is is_view


def test_a_restatement_is_looked_at_started_stopped_continued_and_done(
    pages: TestClient, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.readings.arrive(2, 50)
    shown = pages.get(PAGE, params=TWO, headers=HTML)
    assert shown.status_code == 200, shown.text[:3000]
    for said in (
        "5 runs would follow",
        "2026-01-03 00:00 to 2026-01-05 00:00 UTC",
        "a view: it shows its inputs, and nothing runs",
        "is built whole",
        "Make again: 5 runs",
    ):
        assert said in shown.text, said
    found = pages.get(f"{BELOW}/api/tables/silver_lab.readings/restate/preview", params=TWO).json()
    assert [(one["name"], one["runs"], one["rows"]) for one in found["tables"]] == [
        ("gold_lab.days", 2, 2),
        ("gold_lab.shown", 0, None),
        ("gold_lab.pairs", 2, 2),
        ("gold_lab.total", 1, 1),
    ]

    refused = pages.post(PAGE, data=TWO | {"token": "made.up"}, headers=HTML)
    assert refused.status_code == 403
    assert run_ids() == []
    started = pages.post(PAGE, data=TWO | {"token": token_in(shown)}, headers=HTML)
    assert started.status_code == 200, started.text[:3000]
    number = int(str(started.url).rpartition("/")[2])
    place = f"{BELOW}/restatements/{number}"
    assert "0 of 5 runs done" in started.text
    assert 'data-refresh="3"' in started.text
    assert run_ids() == [f"restatement_{number}"]

    twice = pages.post(PAGE, data=TWO | {"token": token_in(shown)}, headers=HTML)
    assert str(twice.url).endswith(place), "what runs is shown, and not started twice"
    assert run_ids() == [f"restatement_{number}"]

    stopped_after_three_runs(lab, monkeypatch, number)
    going = pages.get(place, headers=HTML).text
    assert "3 of 5 runs done" in going
    assert ">running</span>" in going
    set_state("failed")
    stopped = pages.get(place, headers=HTML).text
    assert ">failed</span>" in stopped
    assert "data-refresh" not in stopped
    assert "/intervals?first=2026-01-03&amp;last=2026-01-04" in stopped
    continued_and_done(pages, lab, number)


def stopped_after_three_runs(lab: Lab, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    real, left = operation.run_again, [3]

    def fail_sometime(*asked: object, **named: object) -> int:
        if left[0] == 0:
            raise WarehouseUnavailable("gone", remedy="again")
        left[0] -= 1
        return real(*asked, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(operation, "run_again", fail_sometime)
    set_state("running")
    with pytest.raises(WarehouseUnavailable):
        continue_restatement(number, lab.surroundings())
    monkeypatch.setattr(operation, "run_again", real)


def continued_and_done(pages: TestClient, lab: Lab, number: int) -> None:
    """The same form does what is left of it, and the journal has both."""
    again = pages.get(PAGE, params=TWO, headers=HTML)
    assert f"restatement {number}</a> is continued" in again.text
    pages.post(PAGE, data=TWO | {"token": token_in(again)}, headers=HTML)
    assert run_ids() == [f"restatement_{number}", f"restatement_{number}_2"]
    assert continue_restatement(number, lab.surroundings()) == 2
    assert continue_restatement(number, lab.surroundings()) == 0
    set_state("success")
    done = pages.get(f"{BELOW}/restatements/{number}", headers=HTML).text
    assert "5 of 5 runs done" in done
    assert ">done</span>" in done
    assert "data-refresh" not in done
    lab.hold_to_full_rebuild()
    versions = pages.get(f"{BELOW}/tables/silver_lab.readings/versions", headers=HTML).text
    assert f'/restatements/{number}">restatement {number}</a>' in versions


@pytest.mark.parametrize(
    ("name", "asked", "field", "said"),
    [
        ("silver_lab.readings", {"first": "soon"}, "first", "It is not a date"),
        ("silver_lab.readings", {"first": "2999-01-01"}, "first", "It has not begun"),
        ("silver_lab.readings", {"first": "2026-01-02", "last": "2026-01-01"}, "last", "before it"),
        ("silver_lab.readings", {"last": "2026-01-01"}, "first", "Name the first day."),
        ("silver_lab.readings", {"first": "2026-01-01T05:00"}, "last", "No data interval of"),
        (
            "silver_lab.readings",
            {"first": "0001-01-01", "last": "9999-12-31"},
            "last",
            "more than 10,000 intervals",
        ),
    ],
)
def test_what_cannot_be_done_is_said_at_its_field(
    pages: TestClient, name: str, asked: dict[str, str], field: str, said: str
) -> None:
    shown = pages.get(f"{BELOW}/tables/{name}/intervals", params=asked, headers=HTML)
    assert shown.status_code == 422
    assert said in shown.text.partition(f'id="wrong-{field}" role="alert">')[2].partition("<")[0]
    answer = pages.get(f"{BELOW}/api/tables/{name}/restate/preview", params=asked)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["detail"]}


@pytest.mark.parametrize("pages", ["ada"], indirect=True)
def test_who_may_not_start_the_dags_below_starts_nothing(
    pages: TestClient, shop: Shop, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_ids()
    shown = pages.get(PAGE, headers=HTML).text
    assert "Who may trigger lab.sensors can do this." in shown
    looked = pages.get(PAGE, params=TWO, headers=HTML)
    assert looked.status_code == 422
    assert "Make again:" not in looked.text
    assert pages.post(PAGE, data=TWO, headers=HTML).status_code == 403
    with session(lab.url, "restating") as connection:
        entry = record_restatement(connection, READINGS, day_of(0), by="ana", downstream=[], runs=0)
    assert "Continue" not in pages.get(f"{BELOW}/restatements/{entry.number}", headers=HTML).text
    with client(shop, monkeypatch, "other", "operator") as stranger:
        for place in (PAGE, f"{BELOW}/restatements/{entry.number}"):
            assert stranger.get(place, headers=HTML).status_code == 404
        assert stranger.post(PAGE, data=TWO, headers=HTML).status_code == 404
    assert run_ids() == before


def test_the_task_does_what_its_run_names(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Airflow calls it, with the params of the run; a number that nobody has given fails it."""
    monkeypatch.setattr(upkeep, "_surroundings", lambda context: lab.surroundings())
    task = restate_dag.build(lab.root, ()).get_task("restate")
    lab.readings.arrive(5, 70)
    with session(lab.url, "restating") as connection:
        entry = record_restatement(connection, READINGS, day_of(5), by="ana", downstream=[], runs=3)
    assert task.execute({"params": {"restatement": entry.number}}) == {"runs": 3}
    lab.hold_to_full_rebuild()
    with pytest.raises(AirflowFailException, match="there is no restatement 999 in the journal"):
        task.execute({"params": {"restatement": 999}})


@pytest.mark.parametrize("steps", [4])
def test_its_process_is_killed_and_another_one_ends_it_as_if_it_had_not_been(
    lab: Lab, steps: int
) -> None:
    """Two days are five runs of three steps each: it is killed in the second one."""
    lab.readings.arrive(steps % 3, 1000 * steps)
    stretch = day_of(steps % 3, steps % 3 + 1)
    with session(lab.url, "restating") as connection:
        entry = record_restatement(connection, READINGS, stretch, by="ana", downstream=[], runs=5)
    command = [sys.executable, "-m", "tests.operations.restate_child", lab.url, str(lab.root)]
    killed = subprocess.run([*command, str(entry.number), str(steps)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert continue_restatement(entry.number, lab.surroundings()) == 5 - steps // 3
    lab.hold_to_full_rebuild()


def test_what_retention_has_dropped_is_drawn_and_nothing_is_asked_of_anybody(
    pages: TestClient, lab: Lab
) -> None:
    drop_before(lab, day_of(0).end)
    role = sql.Identifier(str(conninfo_to_dict(catalogue_url(lab.url))["user"]))
    with psycopg.connect(lab.url) as connection:  # nobody has looked at its rows yet
        connection.execute(sql.SQL("REVOKE USAGE ON SCHEMA store_gold_lab FROM {}").format(role))
    shown = pages.get(DAYS_PAGE, headers=HTML).text
    assert 'aria-label="dropped: 1 interval, 2026-01-01 00:00 to 2026-01-02 00:00 UTC"' in shown
    assert "retention has dropped its partitions" in shown
    states = [one["state"] for one in pages.get(API).json()["intervals"]]
    assert states[:2] == ["dropped", "there"]
    lab.run_day(0)
    assert "dropped" not in pages.get(DAYS_PAGE, headers=HTML).text


def test_the_catalogue_of_an_environment_restates_nothing(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Airflow has no DAG that would."""
    monkeypatch.setenv("MEDALLION_ENV", "alice")
    plan = desk.find_plan("lab__alice.sensors")
    assert plan is not None
    assert str(plan.dag_id) == "lab__alice.sensors"
