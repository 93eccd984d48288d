"""Every page in a browser: it fits a narrow screen, and a screen reader and a keyboard can use it.

No server: what the browser asks for is answered by the app itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, Route, expect
from tests.airflow.pages.filled import filled_shop, paths
from tests.airflow.pages.visitors import BELOW, client
from tests.catalogue.shop import Shop
from tests.local.catalogue_in_browser import CHROMIUM, PATIENCE, chromium

from medallion.airflow.pages import desk
from medallion.compiler.refused import keep_refused
from medallion.errors import Issue
from medallion.local.postgres import EmbeddedPostgres

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="chromium is not here")

SITE = "http://desk.test"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
QUARANTINE = f"{BELOW}/tables/silver_shop.sales/quarantine"
MORE = (
    f"{BELOW}/tables/gold_shop.totals",
    f"{BELOW}/tables/gold_shop.totals/rows",
    f"{QUARANTINE}?reason=between_amount",
    f"{BELOW}/tables/silver_shop.sales/versions?one=1&other=2",
    f"{BELOW}/lineage?focus=silver_shop.sales",
    f"{BELOW}/backfills?dag_id=shop.sales&first=2026-01-01&last=2026-01-02",
    f"{BELOW}/tables/silver_shop.sales/intervals?first=2026-01-01&last=2026-01-01",
    f"{BELOW}/?text=nothing+is+like+that",
    f"{BELOW}/tables/silver_shop.none",
)


def pages() -> list[str]:
    """All but JSON, style sheets, and the documentation, which others have made."""
    others = ("/api/openapi.json", "/static/", "/docs")
    found = [
        path
        for path in paths()
        if not any(one in path for one in others)
        and not (path.startswith(f"{BELOW}/api/") and path != f"{BELOW}/api/")
    ]
    assert len(found) >= 15
    return [*found, *MORE]


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory,
    module_warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("shop") / "project"
    with filled_shop(root, module_warehouse_db, embedded_postgres, pg_url) as shop:
        (shop.root / "specs/shop/wrong.yaml").write_text("a: 1\nb: 2\n")
        issue = Issue(path="specs/shop/wrong.yaml", line=2, key="b", rule="words", problem="what?")
        keep_refused(shop.root, "shop", [issue])
        yield shop


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def app(shop: Shop) -> Iterator[TestClient]:
    """As somebody who may change what the shop publishes."""
    with pytest.MonkeyPatch.context() as patch, client(shop, patch, "shop", "operator") as opened:
        yield opened
    desk._shelf.cache_clear()


def opened(browser: Browser, app: TestClient, width: int, scheme: str) -> Page:
    """A page whose requests the app answers."""
    is_dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if is_dark else "light"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)

    def answer(route: Route) -> None:
        asked = route.request
        place = urlsplit(asked.url)
        kind = asked.headers.get("content-type", "")
        answered = app.request(
            asked.method,
            f"{place.path}?{place.query}" if place.query else place.path,
            content=asked.post_data_buffer or b"",
            headers={
                "accept": asked.headers.get("accept", "text/html"),
                **({"content-type": kind} if kind else {}),
            },
            follow_redirects=True,
        )
        headers = {key: value for key, value in answered.headers.items() if key != "content-length"}
        route.fulfill(status=answered.status_code, headers=headers, body=answered.content)

    page.route("**/*", answer)
    return page


@pytest.fixture(scope="module", params=[(1440, "light"), (800, "dark")], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, app: TestClient) -> Iterator[Page]:
    width, scheme = request.param
    page = opened(browser, app, width, scheme)
    yield page
    page.context.close()


@pytest.mark.parametrize("path", pages())
def test_a_page_fits_and_everybody_can_use_it(page: Page, path: str) -> None:
    page.goto(f"{SITE}{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    hold_to_width(page)
    hold_to_rules(page)


def test_the_bar_keeps_its_distance_where_it_wraps(browser: Browser, app: TestClient) -> None:
    page = opened(browser, app, 600, "light")
    page.goto(f"{SITE}{BELOW}/")
    bar, first, last = (
        page.locator(one).bounding_box() for one in (".bar", ".bar .brand", ".bar .who")
    )
    page.context.close()
    assert bar and first and last
    assert first["y"] - bar["y"] >= 6
    assert bar["y"] + bar["height"] - last["y"] - last["height"] >= 6


def hold_to_width(page: Page) -> None:
    """Nothing but a table or a graph in a frame of its own is wider than the screen."""
    assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth"), page.url


def hold_to_rules(page: Page) -> None:
    """Of the Web Content Accessibility Guidelines 2.1, A and AA, as far as axe-core sees them."""
    found = Axe().run(page, options=RULES)
    broken = [
        (one["id"], one["help"], [node["html"][:200] for node in one["nodes"]][:3])
        for one in found.response["violations"]
    ]
    assert broken == [], page.url


def test_what_asks_once_more_fits_and_everybody_can_use_it(page: Page) -> None:
    for what in ("reason", "run", "row"):
        page.goto(f"{SITE}{QUARANTINE}")
        page.locator(f"input[name={what}]").first.check()
        form = page.locator(f"form[data-needs={what}]")
        form.get_by_role("button", name="Drop selected").click()
        expect(page.get_by_role("heading", name="Drop these rows?")).to_be_visible()
        hold_to_width(page)
        hold_to_rules(page)
