"""The lineage graph's pages: drawn, in words, linked, and as JSON."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from tests.airflow.pages.visitors import BELOW, HTML
from tests.catalogue.shop import Shop, make_shop

from medallion.airflow.pages.lineage import draw
from medallion.catalogue.lineage import Edge, Lineage, Node, NodeKind
from medallion.catalogue.state import State
from medallion.names import Layer, PublishedTable

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, module_warehouse_db: str) -> Shop:
    """A shop where nothing has run."""
    return make_shop(tmp_path_factory.mktemp("shop") / "project", module_warehouse_db)


def drawn(client: TestClient, focus: str = "") -> ET.Element:
    """The drawing of a page, read as XML."""
    page = client.get(f"{BELOW}/lineage", params={"focus": focus}, headers=HTML)
    assert page.status_code == 200, page.text
    text = page.text[page.text.index("<svg ") : page.text.index("</svg>") + 6]
    return ET.fromstring(text.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1))  # noqa: S314


def test_nodes_say_their_state_in_a_word_and_lead_to_their_pages(pages: TestClient) -> None:
    drawing = drawn(pages)
    links = {link.get("href"): link for link in drawing.iter(f"{SVG}a")}
    sales = links[f"{BELOW}/tables/silver_shop.sales"]
    assert [text.text for text in sales.iter(f"{SVG}text")] == [
        "unpublished",
        "sales",
        "silver_shop",
    ]
    said = sales.findtext(f"{SVG}title") or ""
    assert said == "silver_shop.sales, unpublished: no run has published it yet\nOne row per sale."
    assert "https://bi.example.org/takings" in links
    edges = [path for path in drawing.iter(f"{SVG}path") if path.get("class") == "edge"]
    assert len(edges) == 3


def test_a_table_leads_to_its_place_in_the_graph(pages: TestClient) -> None:
    table = pages.get(f"{BELOW}/tables/gold_shop.totals", headers=HTML).text
    assert f'href="{BELOW}/lineage?focus=gold_shop.totals"' in table
    focused = [g for g in drawn(pages, "gold_shop.totals").iter(f"{SVG}g") if "focused" in cls(g)]
    assert [g.get("data-focus") for g in focused] == ["gold_shop.totals"]


def cls(element: ET.Element) -> str:
    return element.get("class") or ""


def test_the_list_and_the_json_have_the_same(pages: TestClient) -> None:
    listed = pages.get(f"{BELOW}/lineage/list", headers=HTML).text
    found = pages.get(f"{BELOW}/api/lineage").json()
    assert len(found["nodes"]) == 4
    for node in found["nodes"]:
        assert node["name"] in listed
    assert {"before": "silver_shop.sales", "after": "gold_shop.totals"} in found["edges"]
    one = pages.get(f"{BELOW}/api/lineage", params={"focus": "silver_shop.sales"}).json()
    assert one["focus"] == "silver_shop.sales"


def test_a_tables_page_says_where_each_column_comes_from_and_what_is_made_of_it(
    pages: TestClient,
) -> None:
    shown = pages.get(f"{BELOW}/tables/gold_shop.totals", headers=HTML).text
    section = shown[shown.index('id="column-lineage"') :].partition("</section>")[0]
    link = f'<a class="mono" href="{BELOW}/tables/silver_shop.sales">silver_shop.sales</a>'
    assert f'{link}<span class="mono">.amount</span> <span class="muted">(computed)' in section
    assert "No column: a constant, or a count of rows" in section
    found = pages.get(f"{BELOW}/api/tables/silver_shop.sales/columns").json()
    amount = next(one for one in found if one["column"] == "amount")
    assert amount["fields"] == ["amount"]
    assert amount["used_by"] == [{"table": "gold_shop.totals", "column": "total"}]
    graph = pages.get(f"{BELOW}/api/lineage", params={"columns": "true"}).json()
    assert {
        "before": "silver_shop.sales",
        "from_column": "amount",
        "after": "gold_shop.totals",
        "column": "total",
        "is_copy": False,
    } in graph["columns"]


def test_what_a_person_may_not_see_has_no_lineage(strangers: TestClient) -> None:
    asked = {"focus": "gold_shop.totals"}
    for place in ("lineage", "lineage/list", "api/lineage"):
        assert strangers.get(f"{BELOW}/{place}", params=asked, headers=HTML).status_code == 404
    assert "shop" not in strangers.get(f"{BELOW}/lineage", headers=HTML).text
    assert strangers.get(f"{BELOW}/api/lineage").json()["nodes"] == []


def test_a_focus_that_is_no_name_is_not_there(pages: TestClient) -> None:
    for focus in ("nonsense", "gold_shop.nothing", "<b>", "silver_shop."):
        shown = pages.get(f"{BELOW}/lineage", params={"focus": focus}, headers=HTML)
        assert shown.status_code == 404, focus


def test_a_domain_by_itself(pages: TestClient, strangers: TestClient) -> None:
    page = pages.get(f"{BELOW}/lineage", params={"domain": "shop"}, headers=HTML).text
    assert "Lineage of the domain shop" in page
    assert 'name="domain"' not in page, "there is nothing to choose from"
    found = pages.get(f"{BELOW}/api/lineage", params={"domain": "shop"}).json()
    assert len(found["nodes"]) == 4
    for place in ("lineage", "lineage/list", "api/lineage"):
        asked = strangers.get(f"{BELOW}/{place}", params={"domain": "shop"}, headers=HTML)
        assert asked.status_code == 404


def test_texts_are_cut_to_the_nodes_width() -> None:
    table = PublishedTable(layer=Layer.GOLD, domain="shop", name="t")
    path = "include/data/shop/a_rather_long_name_of_a_file.csv"
    about = "database · a_connection_with_a_rather_long_name"
    nodes = [
        Node(id="source", kind=NodeKind.SOURCE, name=path, about=about),
        Node(id="gold_shop.t", kind=NodeKind.TABLE, name="t", table=table, state=State.FRESH),
    ]
    found = draw(Lineage(nodes=nodes, edges=[Edge(before="source", after="gold_shop.t")]))
    source = found.nodes[0]
    assert source.label.startswith("…")
    assert path.endswith(source.label[1:]), "files of one folder differ at their end"
    assert source.about.endswith("…")
    assert about.startswith(source.about[:-1])
    assert source.title == f"{path}, {about}", "the whole of both is there"
    assert (found.edges[0].before, found.edges[0].after) == (0, 1)
    assert found.edges[0].path.startswith("M250 ")
