"""The pages of a REST API, landed by the land step or by a loop that is written by hand."""

from __future__ import annotations

import gzip
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bench.child import answer, arguments
from bench.sides import orders_run
from medallion.names import Layer, PublishedTable
from medallion.plan.model import LandStep
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.http import client as http_client
from medallion.sources.rest import extraction as rest_extraction
from medallion.sources.rest import source as rest
from medallion.steps.land import step as land

FILMS = PublishedTable(layer=Layer.SILVER, domain="bench", name="films")
SOURCE: dict[str, Any] = {
    "type": "rest",
    "conn_id": "films",
    "path": "films",
    "records": "data",
    "pagination": {"type": "page_number"},
}
IMPORTED = (http_client, rest_extraction)
"""Before the clock starts, as a warm worker has them."""


def main() -> None:
    given = arguments()
    run = {"medallion": _medallion, "httpx": _httpx}[given["by"]]
    seconds, records = run(given)
    answer(seconds=seconds, records=records)


def _medallion(given: Mapping[str, Any]) -> tuple[float, int]:
    details = ConnectionDetails(
        conn_id="films",
        host="127.0.0.1",
        port=given["port"],
        extra={"requests_per_second": given.get("per_second", 100_000)},
    )
    common = {"run_id": uuid4().hex, "folder": ".", "lake": given["lake"]}
    context = replace(
        orders_run.context(common, "films.land"), connection={"films": details}.__getitem__
    )
    paging = SOURCE["pagination"] | (
        {"total_records": given["total"]} if given.get("total") else {}
    )
    spec = {**SOURCE, "pagination": paging}
    step = LandStep(table=FILMS, source=rest.RestSource.model_validate(spec))
    began = time.perf_counter()
    result = land.run(step, context)
    return time.perf_counter() - began, result.rows_out


def _httpx(given: Mapping[str, Any]) -> tuple[float, int]:
    target = Path(given["lake"]) / f"{uuid4().hex}.jsonl.gz"
    began = time.perf_counter()
    records, page = 0, 1
    base_url = f"http://127.0.0.1:{given['port']}"
    with (
        httpx.Client(base_url=base_url, trust_env=False) as client,
        gzip.open(target, "wb", compresslevel=6) as file,
    ):
        while True:
            response = client.get("/films", params={"page": page})
            response.raise_for_status()
            found = response.json()["data"]
            if not found:
                break
            file.write(response.content + b"\n")
            records += len(found)
            page += 1
    return time.perf_counter() - began, records


if __name__ == "__main__":
    main()
