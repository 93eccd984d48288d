"""The route as Prometheus meets it: a token, two formats, and an answer whatever is down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import REPLACE, Run

from medallion.airflow.metrics import route
from medallion.airflow.metrics.access import TOKEN
from medallion.monitoring.collect import AirflowMeasures
from medallion.steps.publish import step as publish
from medallion.warehouse.roles.reconcile import reconcile

WITH_TOKEN = {"authorization": "Bearer s3cret"}


@pytest.fixture
def scraped(
    pg_url: str, warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """A warehouse with one publication, and its roles."""
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    publish.run(REPLACE, run.context())
    admin_url = make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))
    list(reconcile(admin_url, warehouse_db, ()))
    settings = conninfo_to_dict(warehouse_db)
    monkeypatch.setenv(TOKEN, "s3cret")
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path))
    monkeypatch.setenv(
        "AIRFLOW_CONN_MEDALLION_WAREHOUSE",
        f"postgres://{settings['user']}:{settings['password']}@{settings['host']}"
        f":{settings['port']}/{settings['dbname']}",
    )
    monkeypatch.setattr(route, "_airflow", lambda: AirflowMeasures(heartbeats={"scheduler": 5.0}))
    app = FastAPI()
    app.include_router(route.router)
    with TestClient(app) as client:
        yield client


def test_it_wants_the_token_and_speaks_both_formats(scraped: TestClient) -> None:
    for headers in ({}, {"authorization": "Bearer other"}, {"cookie": "_token=s3cret"}):
        refused = scraped.get("/metrics", headers=headers)
        assert refused.status_code == 401
        assert "medallion_" not in refused.text
    plain = scraped.get("/metrics", headers=WITH_TOKEN)
    assert plain.status_code == 200
    assert plain.headers["content-type"].startswith("text/plain")
    found = {family.name: family for family in read_text(plain.text)}
    assert found["medallion_warehouse_up"].samples[0].value == 1
    (publications,) = found["medallion_publications"].samples
    assert publications.labels == {"domain": "lab", "layer": "silver", "table": "readings"}
    assert found["medallion_heartbeat_timestamp_seconds"].samples[0].value == 5
    assert found["medallion_lake_disk_free_bytes"].samples[0].value > 0
    accept = {"accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    opened = scraped.get("/metrics", headers=WITH_TOKEN | accept)
    assert opened.headers["content-type"].startswith("application/openmetrics-text")
    assert {family.name for family in read_open(opened.text)} == set(found)


def test_without_the_warehouse_the_rest_is_there(
    scraped: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", "postgres://a:b@127.0.0.1:1/c")
    answer = scraped.get("/metrics", headers=WITH_TOKEN)
    assert answer.status_code == 200
    found = {family.name: family for family in read_text(answer.text)}
    assert found["medallion_warehouse_up"].samples[0].value == 0
    assert "medallion_publications" not in found
    assert found["medallion_heartbeat_timestamp_seconds"].samples[0].value == 5
