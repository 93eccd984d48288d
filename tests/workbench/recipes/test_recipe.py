"""Each recipe is a valid spec, and reads its API as the API's documentation describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import Project
from tests.steps.staged import query
from tests.workbench.recipes import apis

from medallion.errors import SetupError
from medallion.names import Layer, PublishedTable
from medallion.sources.base.source import ConnectionDetails
from medallion.workbench.recipes.recipe import (
    FOLDER,
    connection_command,
    fill_recipe,
    read_recipe,
    recipe_names,
)

TODAY = date(2026, 1, 1)
KEY = "k3y-that-nobody-knows"
WORDS: Mapping[str, Mapping[str, str]] = {
    "github": {"owner": "apache", "repository": "airflow"},
    "opendatasoft": {"portal": "data.example.fr", "dataset": "marches-publics", "key": "id"},
    "sharepoint_list": {
        "tenant": "contoso.onmicrosoft.com",
        "site": "a.example,b,c",
        "list": "Suppliers",
    },
    "stripe": {},
}


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Project:
    return Project(root=tmp_path, url=warehouse_db)


def use(recipe: str, project: Project, **connection: Any) -> Project:
    """The project with the recipe's spec as shop.data, and its connection."""
    project.write("specs/shop/domain.yaml", "description: Shop.\n")
    project.write("specs/shop/data.yaml", fill_recipe(recipe, WORDS[recipe], TODAY))
    assert project.problems() == []
    conn_id = read_recipe(recipe)[0].connection.conn_id
    details = ConnectionDetails(conn_id=conn_id, conn_type="http", **connection)
    return Project(root=project.root, url=project.url, connections={conn_id: details})


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_is_valid_with_its_examples_and_says_what_it_needs(
    name: str, shop: Project
) -> None:
    recipe, spec = read_recipe(name)
    examples = {word: said.example for word, said in recipe.words.items()}
    shop.write("specs/shop/domain.yaml", "description: Shop.\n")
    shop.write("specs/shop/data.yaml", fill_recipe(name, examples, TODAY))
    assert shop.problems() == []
    assert "${" not in connection_command(name, examples)
    assert all(f"${{{word}}}" in f"{recipe.connection}{spec}" for word in recipe.words)
    assert all(url.startswith("https://") for url in recipe.documentation)


def test_each_recipe_is_read_here_from_its_api() -> None:
    assert tuple(sorted(WORDS)) == recipe_names()
    assert all(file.suffix in {".yaml", ".py"} for file in FOLDER.iterdir() if file.is_file())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"owner": "apache"}, "github needs repository"),
        ({"owner": "apache", "repository": "a", "branch": "main"}, "no word 'branch'"),
        ({"owner": "a/../b", "repository": "a"}, "owner: 'a/../b' cannot be written"),
        ({"owner": 'a"}', "repository": "a"}, "owner: 'a\"}' cannot be written"),
        ({"owner": "", "repository": "a"}, "owner: '' cannot be written"),
        ({"owner": "a\n", "repository": "a"}, "cannot be written"),
    ],
)
def test_a_word_that_is_missing_unknown_or_no_name_is_refused(
    given: Mapping[str, str], said: str
) -> None:
    with pytest.raises(SetupError, match=re.escape(said)):
        fill_recipe("github", given, TODAY)


def test_an_unknown_recipe_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SetupError, match="github, opendatasoft, sharepoint_list, stripe"):
        read_recipe("../recipes/github")


def issue(number: int, updated: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 1000 + number, "number": number, "title": f" Issue {number} ", "state": "open",
        "state_reason": None, "user": {"login": "ada"}, "assignee": None, "milestone": None,
        "comments": 0, "created_at": "2026-01-01T00:00:00Z", "updated_at": updated,
        "closed_at": None, **more,
    }  # fmt: skip


def test_github_brings_issues_since_the_last_ones_and_all_releases(shop: Project) -> None:
    issues = [issue(n, f"2026-01-01T0{n}:00:00Z") for n in (1, 2, 3)]
    issues[2] |= {"pull_request": {"html_url": "https://github.com/apache/airflow/pull/3"}}
    releases = [
        {"id": n, "tag_name": f"3.{n}", "name": None, "draft": False, "prerelease": n == 3,
         "created_at": "2026-01-01T00:00:00Z", "published_at": None}
        for n in (1, 2, 3)
    ]  # fmt: skip
    asked: list[apis.Request] = []
    with apis.serving(apis.github(KEY, issues, releases, limited=1), asked) as port:
        project = use("github", shop, host=f"http://127.0.0.1:{port}", password=KEY)
        project.run("shop.data")
        issues[0] |= {"state": "closed", "updated_at": "2026-01-02T05:00:00Z"}
        asked.clear()
        project.run("shop.data", day=1)
    lists = [one for one in asked if one.path.endswith("/issues")]
    assert [one.params["since"] for one in lists][:1] == ["2026-01-01T02:50:00Z"], "10m before"
    assert {one.headers["x-github-api-version"] for one in asked} == {"2022-11-28"}
    rows = "SELECT number, title, state, author, is_pull_request FROM silver_shop.issues ORDER BY 1"
    assert query(shop.url, rows) == [
        (1, "Issue 1", "closed", "ada", False),
        (2, "Issue 2", "open", "ada", False),
        (3, "Issue 3", "open", "ada", True),
    ]
    assert query(shop.url, "SELECT count(*), max(tag) FROM silver_shop.releases") == [(3, "3.3")]


def charge(name: str, created: int, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "object": "charge", "customer": "cus_1", "balance_transaction": f"txn_{name}",
        "currency": "eur", "amount": 1099, "amount_refunded": 0, "status": "succeeded",
        "paid": True, "refunded": False, "disputed": False, "failure_code": None,
        "payment_method_details": {"card": {"country": "FR"}, "type": "card"},
        "created": created, **more,
    }  # fmt: skip


def movement(name: str, created: int, amount: int, fee: int) -> dict[str, Any]:
    return {
        "id": name, "object": "balance_transaction", "source": "ch_1", "type": "charge",
        "currency": "eur", "amount": amount, "fee": fee, "net": amount - fee,
        "status": "available", "available_on": created + 86400, "created": created,
    }  # fmt: skip


def test_stripe_brings_amounts_in_their_currency_and_refunds_of_old_charges(shop: Project) -> None:
    start = 1767225600  # 2026-01-01
    charges = [
        charge("ch_4", start + 4, currency="isk"),
        charge("ch_3", start + 3, currency="jpy", amount=500),
        charge("ch_2", start + 2),
        charge("ch_1", start - 80 * 86400),
    ]
    lists = {
        "charges": charges,
        "balance_transactions": [movement(f"txn_{n}", start + n, 1099, 46) for n in (3, 2, 1)],
        "customers": [
            {"id": "cus_1", "object": "customer", "email": "ada@example.org", "address": None,
             "currency": "eur", "delinquent": False, "created": start}
        ],
    }  # fmt: skip
    asked: list[apis.Request] = []
    with apis.serving(apis.stripe(KEY, lists), asked) as port:
        project = use("stripe", shop, host=f"http://127.0.0.1:{port}/v1", password=KEY)
        project.run("shop.data")
        charges[3] |= {"refunded": True, "amount_refunded": 1099}
        asked.clear()
        project.run("shop.data", day=1)
    since = next(one.params["created[gte]"] for one in asked if one.path == "/v1/charges")
    assert int(since) == start + 4 - 90 * 86400
    rows = query(
        shop.url,
        "SELECT charge_id, currency, amount::text, amount_refunded::text, card_country,"
        " created_at::date::text FROM silver_shop.charges ORDER BY 1",
    )
    assert rows == [
        ("ch_1", "EUR", "10.99", "10.99", "FR", "2025-10-13"),
        ("ch_2", "EUR", "10.99", "0.00", "FR", "2026-01-01"),
        ("ch_3", "JPY", "500.00", "0.00", "FR", "2026-01-01"),
    ]
    quarantine = PublishedTable(layer=Layer.SILVER, domain="shop", name="charges").quarantine
    ((reasons,),) = query(shop.url, f"SELECT DISTINCT reasons FROM {quarantine}")
    assert 'amount: its unit, currency "isk", is not among' in reasons[0]
    fees = "SELECT sum(fee)::text, sum(net)::text FROM silver_shop.balance_transactions"
    assert query(shop.url, fees) == [("1.38", "31.59")]
    people = "SELECT customer_id, email, country FROM silver_shop.customers"
    assert query(shop.url, people) == [("cus_1", "a****@example.org", None)]


def test_a_portal_of_open_data_is_read_to_its_end_with_fields_as_columns(shop: Project) -> None:
    records = [{"id": f"m{n:03}", "objet": f"Marché {n}", "montant": n} for n in range(250)]
    asked: list[apis.Request] = []
    with apis.serving(apis.opendatasoft("marches-publics", records), asked) as port:
        project = use("opendatasoft", shop, host=f"http://127.0.0.1:{port}")
        project.run("shop.data")
    assert sorted(int(one.params.get("offset", "0")) for one in asked)[:3] == [0, 100, 200]
    found = query(
        shop.url, "SELECT count(*), max(objet), max(montant::bigint) FROM silver_shop.records"
    )
    assert found == [(250, "Marché 99", 249)]


def test_a_list_of_sharepoint_is_read_with_a_token_of_the_application(shop: Project) -> None:
    items = [
        {"id": str(n), "webUrl": f"https://contoso.example/{n}",
         "createdDateTime": "2026-01-01T08:00:00Z", "lastModifiedDateTime": "2026-01-02T08:00:00Z",
         "fields": {"Title": f" Supplier {n} ", "City": "Lyon"}}
        for n in (1, 2, 3)
    ]  # fmt: skip
    asked: list[apis.Request] = []
    with apis.serving(apis.graph(("the-id", KEY), items), asked) as port:
        here = f"http://127.0.0.1:{port}"
        project = use(
            "sharepoint_list", shop, host=f"{here}/v1.0", login="the-id", password=KEY,
            extra={"token_url": f"{here}/contoso.onmicrosoft.com/oauth2/v2.0/token"},
        )  # fmt: skip
        project.run("shop.data")
    assert query(shop.url, "SELECT item_id, title FROM silver_shop.items ORDER BY 1") == [
        (1, "Supplier 1"),
        (2, "Supplier 2"),
        (3, "Supplier 3"),
    ]
    assert [one.path for one in asked].count("/contoso.onmicrosoft.com/oauth2/v2.0/token") == 1
