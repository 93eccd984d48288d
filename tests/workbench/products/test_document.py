"""A product's document, held to the schema that the standard publishes."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from tests.workbench.products.shop import DOMAIN, edit, read_facts, write_shop

from medallion.workbench.products.document import render_product, write_product

SMALL = """\
products:
  few: {description: A few., purpose: None., tables: [gold_shop.days], status: draft}
"""


def _schema() -> dict[str, Any]:
    """Of the package of the standard's own initiative."""
    folder = files("open_data_products") / "odps" / "data" / "schema"
    return dict(json.loads((folder / "odps.json").read_text(encoding="utf-8")))


def _hold(text: str) -> dict[str, Any]:
    document = yaml.safe_load(text)
    jsonschema.Draft202012Validator(_schema(), format_checker=jsonschema.FormatChecker()).validate(
        document
    )
    return dict(document["product"])


def test_a_whole_product_is_as_the_published_schema_has_it(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    (root / "contracts").mkdir()
    (root / "contracts/gold_shop.days.odcs.yaml").write_text(
        "kind: DataContract\napiVersion: v3.1.0\nid: gold_shop.days\nversion: 1.2.0\n"
    )
    product = _hold(render_product(write_product(read_facts(root), version="1.4.0")))
    details = product["details"]["en"]
    assert details == {
        "name": "Sales by day",
        "productID": "shop.daily_sales",
        "visibility": "organisation",
        "status": "production",
        "type": "dataset",
        "productVersion": "1.4.0",
        "description": "What each shop takes, day by day.",
        "valueProposition": "Plan deliveries and staff.",
        "categories": ["shop"],
        "useCases": [
            {
                "useCase": {
                    "useCaseTitle": "Deliveries",
                    "useCaseDescription": "Plans the tours of the next day",
                }
            }
        ],
    }
    assert list(product["dataAccess"]) == ["gold_shop.days", "silver_shop.shops"]
    assert product["contract"]["spec"] == {
        "contracts": [{"id": "gold_shop.days", "version": "1.2.0"}]
    }
    level = product["SLA"]["declarative"]["default"]
    assert [(d["dimension"], d["objective"], d["unit"]) for d in level["dimensions"]] == [
        ("latency", 1560, "minutes"),
        ("emailResponseTime", 2, "days"),
        ("uptime", "99.5", "percent"),
    ]
    assert level["support"] == {
        "emailServiceHours": "weekdays, 9 to 17 in Paris",
        "channel": "#shop-data",
    }
    assert product["license"]["termination"] == {"noticePeriod": 90}
    assert product["dataHolder"] == {"legalName": "shop-data", "businessDomain": "shop"}


def test_so_is_one_that_says_no_more_than_it_must(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    (root / DOMAIN).write_text(SMALL)
    product = _hold(render_product(write_product(read_facts(root))))
    assert set(product) == {"details", "dataAccess", "dataHolder"}
    assert product["details"]["en"]["type"] == "derived data"
    assert product["details"]["en"]["status"] == "draft"


def test_questions_go_to_the_domains_first_contact(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    edit(root, DOMAIN, 'contact: "#shop-data", ', "")
    support = _hold(render_product(write_product(read_facts(root))))["SLA"]["declarative"]
    assert support["default"]["support"]["email"] == "shop-data@example.org"


def test_the_schema_refuses_what_is_not_of_the_standard(tmp_path: Path) -> None:
    document = write_product(read_facts(write_shop(tmp_path).root))
    document["product"]["details"]["en"]["status"] = "active"
    found = list(jsonschema.Draft202012Validator(_schema()).iter_errors(document))
    assert len(found) == 1
