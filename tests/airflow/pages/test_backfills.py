"""The backfill desk on Airflow's real metadata: looked at, started, followed, paused, cancelled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from airflow.models.dagrun import DagRun
from airflow.models.log import Log
from airflow.utils.session import create_session
from fastapi.testclient import TestClient
from httpx import Response
from psycopg import sql
from sqlalchemy import select
from tests.airflow.metadata_db import airflow_metadata, keep_dags
from tests.airflow.pages.visitors import BELOW, HTML, client
from tests.catalogue.shop import Shop, make_shop
from tests.conftest import fresh_database

from medallion.airflow.pages import desk
from medallion.local.postgres import EmbeddedPostgres
from medallion.warehouse.session.transaction import session

PLACE = f"{BELOW}/backfills"
UNPLANNED = """\
description: Now and then.
datasets:
  counts:
    source: {type: file, path: include/data/shop/counts.csv}
    silver: {columns: {id: {type: bigint}}}
"""
FOUR = {"dag_id": "shop.sales", "first": "2026-01-01", "last": "2026-01-04"}


@pytest.fixture
def shop(
    tmp_path_factory: pytest.TempPathFactory,
    warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
) -> Iterator[Shop]:
    shop = make_shop(tmp_path_factory.mktemp("shop") / "project", warehouse_db)
    with fresh_database(embedded_postgres, pg_url) as url, airflow_metadata(url):
        keep_dags(shop.dag())
        yield shop


@pytest.fixture(params=["operator"])
def pages(
    shop: Shop, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    with client(shop, monkeypatch, "shop", str(request.param)) as opened:
        yield opened
    desk._shelf.cache_clear()


def token_in(answer: Response) -> str:
    return answer.text.partition('name="token" value="')[2].partition('"')[0]


def scheduled(state: str, *run_ids: str) -> None:
    """As the scheduler would: runs get a state, and an end where that is one."""
    with create_session() as metadata:
        for run in metadata.scalars(select(DagRun).where(DagRun.run_id.in_(run_ids))):
            run.set_state(state)


def run_ids(*days: int) -> list[str]:
    """Airflow names a run by the end of its interval."""
    return [f"backfill__2026-01-{day + 1:02}T00:00:00+00:00" for day in days]


def test_a_backfill_is_looked_at_started_followed_and_cancelled(
    pages: TestClient, shop: Shop
) -> None:
    shown = pages.get(PLACE, params=FOUR, headers=HTML)
    assert shown.status_code == 200
    for said in (
        "Start 4 runs",
        "2026-01-01 00:00 to 2026-01-05 00:00 UTC: 4",
        "The DAG is paused: its runs wait until it is unpaused.",
        "not known: sales was never landed",
        "never published",
        "include/data/shop/sales.csv",
    ):
        assert said in shown.text
    refused = pages.post(PLACE, data=FOUR | {"token": "made.up"}, headers=HTML)
    assert refused.status_code == 403
    started = pages.post(PLACE, data=FOUR | {"token": token_in(shown)}, headers=HTML)
    assert started.status_code == 200
    place = f"{PLACE}/1"
    assert str(started.url).endswith("/backfills/1")
    for said in ("0 of 4 runs ended", 'data-refresh="3"', "4 waiting.", "by operator"):
        assert said in started.text
    assert "start a backfill, by operator" in started.text
    with create_session() as metadata:
        (log,) = metadata.scalars(select(Log).where(Log.event == "create_backfill"))
        assert (log.owner, log.dag_id) == ("operator", "shop.sales")
    again = pages.get(PLACE, params=FOUR, headers=HTML)
    assert again.status_code == 422
    assert "Backfill 1 of shop.sales is not done yet" in again.text

    scheduled("success", *run_ids(1))
    scheduled("failed", *run_ids(2))
    scheduled("running", *run_ids(3))
    going = pages.get(place, headers=HTML).text
    assert "2 of 4 runs ended" in going
    assert "1 succeeded, 1 failed, 1 running, 1 waiting." in going
    assert 'aria-valuenow="2"' in going
    found = pages.get(f"{BELOW}/api/backfills/1").json()
    assert (found["state"], found["share"], found["seconds_left"]) == ("running", 0.5, None)
    assert [one["state"] for one in found["runs"]] == ["success", "failed", "running", "queued"]

    paused = pages.post(f"{place}/pause", data={"token": token_in(started)}, headers=HTML).text
    assert "Resume" in paused
    assert ">paused</span>" in paused
    pages.post(f"{place}/unpause", data={"token": token_in(started)}, headers=HTML)
    ended = pages.post(f"{place}/cancel", data={"token": token_in(started)}, headers=HTML).text
    assert ">cancelled</span>" in ended
    assert "data-refresh" in ended, "one runs on"
    assert "cancel a backfill, by operator" in ended
    twice = pages.post(f"{place}/cancel", data={"token": token_in(started)}, headers=HTML)
    assert (twice.status_code, "already completed" in twice.text) == (409, True)
    assert "2 failed" in pages.get(PLACE, headers=HTML).text
    held_to_what_is_there_already(pages)
    cancelled_while_all_of_them_run(pages)
    scheduled("failed", *run_ids(3))
    assert "data-refresh" not in pages.get(place, headers=HTML).text
    started_without_the_journal(pages, shop)


def held_to_what_is_there_already(pages: TestClient) -> None:
    """One has succeeded, two have failed, one runs on."""
    for again, starts, states in (
        ("none", 0, [True, True, True, True]),
        ("failed", 2, [True, False, True, False]),
        ("completed", 3, [False, False, True, False]),
    ):
        asked = FOUR | {"again": again, "at_once": "3"}
        found = pages.get(f"{BELOW}/api/backfills/preview", params=asked).json()
        assert (found["starts"], found["at_once"]) == (starts, 3)
        assert [one["is_left_out"] for one in found["runs"]] == states
        assert "left out, because a run of it is running already: 1 interval" in found["warnings"]
        assert "1 run of the DAG is queued or running now" in found["warnings"]
    shown = pages.get(PLACE, params=FOUR, headers=HTML)
    assert "choose which are run again" in shown.text
    refused = pages.post(PLACE, data=FOUR | {"token": token_in(shown)}, headers=HTML)
    assert refused.status_code == 422
    done = pages.post(
        PLACE, data=FOUR | {"again": "completed", "token": token_in(shown)}, headers=HTML
    )
    assert str(done.url).endswith("/backfills/2")
    assert "0 of 3 runs ended" in done.text
    assert "left out: in flight" in done.text


def cancelled_while_all_of_them_run(pages: TestClient) -> None:
    """None is left that cancelling could mark failed: it is cancelled all the same."""
    place = f"{PLACE}/2"
    scheduled("running", *run_ids(1, 2, 4))
    token = token_in(pages.get(place, headers=HTML))
    ended = pages.post(f"{place}/cancel", data={"token": token}, headers=HTML).text
    assert ">cancelled</span>" in ended
    assert "data-refresh" in ended
    scheduled("success", *run_ids(1, 2, 4))
    ended = pages.get(place, headers=HTML).text
    assert ">cancelled</span>" in ended
    assert "data-refresh" not in ended
    scheduled("queued", *run_ids(1))
    scheduled("running", *run_ids(1))
    assert ">cancelled</span>" in pages.get(place, headers=HTML).text
    scheduled("success", *run_ids(1))


def started_without_the_journal(pages: TestClient, shop: Shop) -> None:
    """What Airflow has done is done: the error says so, and what it is called."""
    asked = FOUR | {"again": "completed"}
    token = token_in(pages.get(PLACE, params=asked, headers=HTML))
    rename = sql.SQL("ALTER TABLE medallion.{} RENAME TO {}")
    names = sql.Identifier("operator_actions"), sql.Identifier("gone")
    with session(shop.url, "breaking") as connection:
        connection.execute(rename.format(*names))
    answer = pages.post(PLACE, data=asked | {"token": token}, headers=HTML)
    with session(shop.url, "repairing") as connection:
        connection.execute(rename.format(*reversed(names)))
    assert answer.status_code >= 500
    assert "Airflow did start a backfill (backfill 3 of shop.sales), and only" in answer.text
    assert "0 of 4 runs ended" in pages.get(f"{PLACE}/3", headers=HTML).text


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({"dag_id": "shop.nothing"}, "dag_id", "There is no DAG shop.nothing that you may see."),
        ({"dag_id": "shop.counts"}, "dag_id", "has no schedule"),
        ({"last": "2025-12-31"}, "last", "It ends before it starts"),
        ({"first": "soon"}, "first", "It is not a date"),
        ({"first": "", "last": "2026-02-31"}, "first", "Name the first day."),
        ({"last": "2026-02-31"}, "last", "It is not a date"),
        ({"first": "2999-01-01", "last": "2999-01-02"}, "first", "It has not begun"),
        ({"last": "2027-12-31", "first": "2024-01-01"}, "last", "more than 500 runs: choose"),
        ({"first": "0001-01-01", "last": "9999-12-31"}, "last", "more than 500 runs: choose"),
        ({"first": "2026-01-01T01:00", "last": "2026-01-01T02:00"}, "last", "No data interval"),
        ({"at_once": "33"}, "at_once", "It is a number from 1 to 32."),
        ({"again": "all"}, "again", "It is one of none, failed, completed."),
    ],
)
def test_what_cannot_be_done_is_said_at_its_field(
    wrongs: TestClient, asked: dict[str, str], field: str, said: str
) -> None:
    shown = wrongs.get(PLACE, params=FOUR | asked, headers=HTML)
    assert shown.status_code == 422
    assert said in shown.text.partition(f'id="wrong-{field}" role="alert">')[2].partition("<")[0]
    assert f'aria-describedby="wrong-{field}"' in shown.text
    answer = wrongs.get(f"{BELOW}/api/backfills/preview", params=FOUR | asked)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["detail"]}


@pytest.fixture(scope="module")
def planned(
    tmp_path_factory: pytest.TempPathFactory,
    module_warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
) -> Iterator[Shop]:
    """One with a pipeline that has no schedule."""
    shop = make_shop(tmp_path_factory.mktemp("shop") / "project", module_warehouse_db)
    (shop.root / "specs/shop/counts.yaml").write_text(UNPLANNED)
    shop.write()
    with fresh_database(embedded_postgres, pg_url) as url, airflow_metadata(url):
        keep_dags(shop.dag())
        yield shop


@pytest.fixture
def wrongs(planned: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    with client(planned, monkeypatch, "shop", "operator") as opened:
        yield opened
    desk._shelf.cache_clear()


@pytest.mark.parametrize("pages", ["ada"], indirect=True)
def test_who_may_not_trigger_the_dag_starts_and_changes_nothing(
    pages: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(shop, monkeypatch, "shop", "operator") as operator:
        token = token_in(operator.get(PLACE, params=FOUR, headers=HTML))
        assert operator.post(PLACE, data=FOUR | {"token": token}).status_code == 200
    with client(shop, monkeypatch, "shop", "ada") as ada:
        shown = ada.get(PLACE, headers=HTML).text
        assert "There is no DAG that you may start runs of." in shown
        assert "shop.sales · 1" in shown
        assert "Cancel" not in ada.get(f"{PLACE}/1", headers=HTML).text
        assert "You may look at shop.sales" in ada.get(PLACE, params=FOUR, headers=HTML).text
        assert ada.post(PLACE, data=FOUR).status_code == 403
        for change in ("pause", "unpause", "cancel"):
            assert ada.post(f"{PLACE}/1/{change}").status_code == 403
    with client(shop, monkeypatch, "other", "operator") as stranger:
        assert "shop.sales" not in stranger.get(PLACE, headers=HTML).text
        assert stranger.get(f"{BELOW}/api/backfills").json() == []
        assert stranger.post(f"{PLACE}/1/cancel", headers=HTML).status_code == 404
        assert stranger.post(PLACE, data=FOUR, headers=HTML).status_code == 404
