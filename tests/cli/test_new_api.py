"""`new` from a real HTTP server: where the records are and how pages are turned is found by asking,
and the preview reads them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.steps.json_api import serving

from medallion.cli.__main__ import main
from medallion.replay.access import REPLAY_TOKEN
from medallion.replay.server import ReplayServer

ORDERS = [
    {
        "id": number,
        "customer": {"name": ("Ada", "Ben", "Cleo", "Dora", "Eve")[number % 5]},
        "total": f"{number}.50",
        "updated_at": f"2026-01-{number:02}T10:00:00Z",
    }
    for number in range(1, 26)
]
KEY = "k3y-of-the-shop"
SOURCE = """\
    # guess: updated_at may grow with each change (all 25 records have it, and in their order it
    #   never falls): if the API takes such a time as a parameter, `cursor` and `:cursor` read
    #   only what is new
    source:
      type: rest
      conn_id: orders_api
      path: v2/orders
      params: {state: open}
      pagination: {type: page_number, size_param: size, size: 10, total_records: meta.total}
      records: data.orders
    bronze:
      checks:
        - row_count: {min_value: 1}
    silver:
      # guess: updated_at would be a key too
      primary_key: [id]
      columns:
        id:         {type: bigint}
        # guess: personal data: by its name
        name:       {from: customer.name, type: text, classification: {pii: name, protect: mask}}
        total:      {type: "decimal(18,2)"}
        updated_at: {type: timestamptz}
"""


def shop(path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """An API of orders; below /closed it wants a key."""
    url = urlsplit(path)
    asked = dict(parse_qsl(url.query))
    if url.path.startswith("/closed") and headers.get("X-Api-Key") != KEY:
        return 401, b'{"message": "who are you?"}'
    size, page = int(asked.get("size", 5)), int(asked.get("page", 1))
    rows = ORDERS
    if url.path.startswith("/changes"):
        rows = [one for one in ORDERS if str(one["updated_at"]) >= asked.get("updated_at_min", "")]
    body = {
        "meta": {"total": len(rows), "page": page},
        "data": {"orders": rows[page * size - size :][:size]},
    }
    return 200, json.dumps(body).encode()


def test_an_open_api_becomes_a_spec_whose_preview_passes(
    project: Path, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(shop) as port, patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": warehouse_db}):
        url = f"http://127.0.0.1:{port}/v2/orders?state=open&page=1&size=10"
        assert main(["new", "shop/orders", "--url", url, "--root", str(project)]) == 0, (
            capsys.readouterr()
        )
    shown = capsys.readouterr().out
    assert "25 rows read = 25 published + 0 quarantined" in shown
    assert (
        f"airflow connections add orders_api --conn-type http --conn-host http://127.0.0.1:{port}"
        in (" ".join(shown.split()))
    )
    written = (project / "specs/shop/orders.yaml").read_text(encoding="utf-8")
    assert SOURCE in written, written
    assert f"# Inferred from 25 records of http://127.0.0.1:{port}/v2/orders.\n" in written


def test_an_api_that_wants_to_know_who_asks(
    project: Path, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(shop) as port, ReplayServer(port=0) as tmdb:
        base = f"http://127.0.0.1:{port}/closed"
        known = {"conn_type": "http", "host": base, "password": KEY}
        films = {"conn_type": "http", "host": tmdb.base_url, "password": REPLAY_TOKEN}
        environ = {
            "MEDALLION_WAREHOUSE_URL": warehouse_db,
            "AIRFLOW_CONN_SHOP": json.dumps(known),
            "AIRFLOW_CONN_FILMS": json.dumps(films),
        }
        with patch.dict(os.environ, environ):
            words = ["new", "shop/x", "--root", str(project), "--print", "--url"]
            assert main([*words, f"{base}/orders"]) == 1
            assert (
                "--connection x_api --auth bearer | basic | header:X-Api-Key | query:api_key"
                in (capsys.readouterr().err)
            )
            words[2:2] = ["--connection", "shop", "--auth", "header:X-Api-Key"]
            assert main([*words, f"{base}/orders"]) == 0
            of_shop = capsys.readouterr()
            assert main([*words, f"http://127.0.0.1:{port}/other"]) == 1
            assert "its credentials go to no other place" in capsys.readouterr().err
            words[3:6] = ["films", "--auth", "bearer"]
            assert main([*words, "discover/movie?sort_by=popularity.desc"]) == 0
            of_films = capsys.readouterr().out
    assert KEY not in of_shop.out + of_shop.err
    assert "      auth: {type: api_key, name: X-Api-Key}\n" in of_shop.out
    assert "      pagination: {type: page_number, total_records: meta.total}\n" in of_shop.out
    assert "      path: discover/movie\n" in of_films
    assert "      pagination: {type: page_number, total_records: total_results}\n" in of_films
    assert "      records: results\n" in of_films
    assert "      primary_key: [id]\n" in of_films


def test_a_parameter_that_takes_a_time_of_change_is_proven(
    project: Path, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(shop) as port, patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": warehouse_db}):
        words = ["new", "shop/changes", "--url", f"http://127.0.0.1:{port}/changes?page=1&size=10"]
        words += ["--root", str(project)]
        assert main([*words, "--print"]) == 0
        of_few = " ".join(capsys.readouterr().out.replace("#", "").split())
        assert main([*words, "--cursor", "updated_at"]) == 0, capsys.readouterr()
    assert "25 rows read = 25 published + 0 quarantined" in capsys.readouterr().out
    assert "would read only what is new by `updated_at_min`" in of_few
    written = (project / "specs/shop/changes.yaml").read_text(encoding="utf-8")
    assert "# guess: asked with `updated_at_min`, the API sent no earlier records." in written
    assert "      cursor: {field: updated_at, initial_value: 1970-01-01T00:00:00Z}\n" in written
    assert '      params: {updated_at_min: ":cursor"}\n' in written
    assert "      write_disposition: merge\n" in written
