"""`import` as its user runs it; and what it wrote reads a real API, in a preview."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from tests.steps.json_api import serving

from medallion.cli.__main__ import main

ORDERS = [
    {"id": number, "total": number + 0.5, "updated_at": f"2026-01-{number:02}T10:00:00Z"}
    for number in range(1, 13)
]
TOKEN = "t0ken-of-the-shop"
PAGED = {"name": "page", "in": "query", "schema": {"type": "integer"}}
SIZED = {"name": "size", "in": "query", "schema": {"type": "integer", "maximum": 5}}
ORDER = {
    "type": "object",
    "required": ["id", "total", "updated_at"],
    "properties": {
        "id": {"type": "integer"},
        "total": {"type": "number"},
        "updated_at": {"type": "string", "format": "date-time"},
    },
}


def shop(path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Orders in pages of five, and two items of each order, for who has the token."""
    if headers.get("Authorization") != f"Bearer {TOKEN}":
        return 401, b"{}"
    url = urlsplit(path)
    asked = dict(parse_qsl(url.query))
    if url.path.endswith("/items"):
        order = int(url.path.split("/")[-2])
        return 200, json.dumps([{"line": n, "sku": f"{order}-{n}"} for n in (1, 2)]).encode()
    page = int(asked.get("page", 1))
    rows = [one for one in ORDERS if str(one["updated_at"]) >= asked.get("updated_since", "")]
    body = {"meta": {"total": len(rows)}, "data": rows[page * 5 - 5 :][:5]}
    return 200, json.dumps(body).encode()


def described(url: str) -> dict[str, object]:
    """The API's OpenAPI document."""
    page = {
        "type": "object",
        "properties": {
            "meta": {"type": "object", "properties": {"total": {"type": "integer"}}},
            "data": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
        },
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": {"/orders": {"get": {"parameters": [PAGED, SIZED], "responses": ok(page)}}},
        "components": {
            "schemas": {"Order": ORDER},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def ok(schema: Mapping[str, object]) -> dict[str, object]:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def configured(url: str) -> dict[str, object]:
    """What reads it with dlt."""
    since = {"type": "incremental", "cursor_path": "updated_at", "initial_value": "2026-01-03"}
    since["initial_value"] += "T00:00:00Z"
    parent = {"type": "resolve", "resource": "orders", "field": "id"}
    paginator = {"type": "page_number", "base_page": 1, "total_path": None}
    return {
        "client": {"base_url": url, "auth": {"token": TOKEN}, "paginator": "single_page"},
        "resources": [
            {
                "name": "orders",
                "primary_key": "id",
                "columns": {"id": {"data_type": "bigint"}},
                "endpoint": {
                    "params": {"updated_since": since},
                    "data_selector": "data",
                    "paginator": paginator,
                },
            },
            {
                "name": "items",
                "primary_key": ["sku"],
                "endpoint": {
                    "path": "orders/{order_id}/items",
                    "params": {"order_id": parent},
                    "data_selector": "$",
                },
            },
        ],
    }


def test_what_was_imported_reads_the_api(
    project: Path, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(project)]
    with serving(shop) as port:
        url = f"http://127.0.0.1:{port}/v2"
        (project / "shop.json").write_text(json.dumps(described(url)))
        (project / "dlt.yaml").write_text(yaml.safe_dump(configured(url)))
        known = json.dumps({"conn_type": "http", "host": url, "password": TOKEN})
        environ = {
            "MEDALLION_WAREHOUSE_URL": warehouse_db,
            "AIRFLOW_CONN_OPEN_API": known,
            "AIRFLOW_CONN_SALES_API": known,
        }
        with patch.dict(os.environ, environ):
            for name, file in (("shop/open", "shop.json"), ("till/sales", "dlt.yaml")):
                assert main(["import", name, str(project / file), *root]) == 0
            shown = capsys.readouterr().out
            assert main(["preview", "shop.open", *root]) == 0, capsys.readouterr()
            of_open = capsys.readouterr().out
            assert main(["preview", "till.sales", *root]) == 0, capsys.readouterr()
            of_sales = capsys.readouterr().out
    for conn_id in ("open_api", "sales_api"):
        assert f"add {conn_id} --conn-type http --conn-host {url} --conn-password TOKEN" in shown
    assert "12 rows read = 12 published + 0 quarantined" in of_open
    assert "10 rows read = 10 published + 0 quarantined" in of_sales
    assert "24 rows read = 24 published + 0 quarantined" in of_sales
    texts = "".join(path.read_text() for path in (project / "specs").rglob("*.yaml"))
    assert TOKEN not in shown + texts


def test_what_is_there_already_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "shop.json").write_text(json.dumps(described("https://shop.example/v2")))
    words = ["import", "shop/sales", str(project / "shop.json"), "--root", str(project)]
    assert main([*words, "--print"]) == 0
    assert not (project / "specs/shop").exists()
    assert "# specs/shop/sales.yaml\n" in capsys.readouterr().out
    assert main([*words, "--report", str(project / "report.txt")]) == 0
    assert (project / "report.txt").read_text() == capsys.readouterr().out
    before = (project / "specs/shop/sales.yaml").read_text()
    assert main(words) == 1
    assert "specs/shop/sales.yaml is there already" in capsys.readouterr().err
    assert (project / "specs/shop/sales.yaml").read_text() == before
    for name, file, problem in (
        ("Shop!", "shop.json", "is neither <domain>/<pipeline> nor <domain>"),
        ("shop/x", "none.json", "there is no file"),
        ("shop/x", "/dev/null", "/dev/null is a device or a pipe"),
    ):
        assert main(["import", name, str(project / file), "--root", str(project)]) == 1
        assert problem in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_said_before_anything_is(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "shop.json").write_text(json.dumps(described("https://shop.example/v2")))
    words = ["import", "shop/sales", str(project / "shop.json"), "--root", str(project)]
    assert main([*words, "--report", str(project / "none" / "report.txt")]) == 1
    assert "the report cannot be written to" in capsys.readouterr().err
    assert not (project / "specs/shop").exists()


def test_what_is_still_wrong_with_a_spec_is_said_as_validate_says_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "shop.json").write_text(json.dumps(described("https://shop.example/v2")))
    words = ["import", "shop/sales", str(project / "shop.json"), "--root", str(project)]
    (project / "specs/policy.yaml").write_text("rules: {owned: {require: owner}}\n")
    assert main([*words, "--print"]) == 1
    shown = capsys.readouterr().err
    assert "error: [policy/owned] datasets.orders: silver_shop.orders has no owner (add" in shown
    assert "Issue(" not in shown


def test_a_spec_of_which_nothing_is_left_is_not_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "shop.json").write_text(json.dumps(described("https://shop.example/v2")))
    words = ["import", "shop/sales", str(project / "shop.json"), "--root", str(project)]
    assert main(words) == 0
    capsys.readouterr()
    for name in ("again", "zero"):  # the one sorts before what is there, the other after it
        words[1] = f"shop/{name}"
        assert main(words) == 1
        shown = capsys.readouterr().out
        assert f"specs/shop/{name}.yaml is not written: nothing of it can be published\n" in shown
        assert "silver_shop.orders is published by specs/shop/sales.yaml already" in shown
        assert f"preview shop.{name}" not in shown
        assert not (project / f"specs/shop/{name}.yaml").exists()


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("a.yml", "a: [1", "a.yml: this is not YAML in line 2: "),
        ("a.json", "{", "a.json: this is not JSON: "),
        ("a.py", "def x(:", "a.py: this is not Python: line 1: "),
        ("a.py", "a = 1\nb = '\0'\n", "a.py, line 2: it has a NUL character"),
        ("a.yml", "", "a.yml is empty"),
        ("a.yml", "a: *none", "a.yml: the alias *none has no anchor before it"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_file(
    project: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, problem: str
) -> None:
    (project / file).write_text(text)
    assert main(["import", "shop/x", str(project / file), "--root", str(project)]) == 1
    assert problem in capsys.readouterr().err
