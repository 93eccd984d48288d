"""The route that Prometheus scrapes."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request, Response

from medallion.airflow.connections import NoSuchConnection, warehouse_url
from medallion.airflow.metrics.access import may_scrape
from medallion.airflow.metrics.metadata import airflow_measures
from medallion.errors import MedallionError
from medallion.lake.storage import room_of
from medallion.monitoring.collect import AirflowMeasures, collect
from medallion.monitoring.exposition import expose
from medallion.names import METRICS_CONN_ID, WAREHOUSE_CONN_ID
from medallion.roots import lake_root
from medallion.warehouse.registry.measures import Measures, measures_at
from medallion.warehouse.roles.metrics_reader import metrics_url

router = APIRouter()
log = logging.getLogger(__name__)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Every metric of Medallion. 401 without the token of the scrape.

    Where the registry does not answer, what Airflow and the disk say is there all the same.
    """
    if not may_scrape(request.headers.get("authorization", "")):
        return Response(
            "Unauthorized: send `Authorization: Bearer` with the scrape token.\n",
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
            media_type="text/plain",
        )
    found = collect(_measures(), _airflow(), room_of(lake_root()))
    content_type, body = expose(found, request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _measures() -> Measures | None:
    try:
        return measures_at(_url())
    except MedallionError as error:
        log.warning("/metrics is without the registry: %s", error)
        return None


def _url() -> str:
    try:
        return warehouse_url(METRICS_CONN_ID)
    except NoSuchConnection:
        return metrics_url(warehouse_url(WAREHOUSE_CONN_ID))


def _airflow() -> AirflowMeasures:
    from airflow.utils.session import create_session

    with create_session() as session:
        return airflow_measures(session)
