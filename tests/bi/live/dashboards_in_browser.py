"""A dashboard in a real browser: what each of its charts asks, gets and shows.

Superset's browser makes a chart's question anew from its form: that both agree is seen only here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Response, expect, sync_playwright

from medallion.bi.superset.server import SupersetServer
from medallion.roots import PROJECT_ROOT

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 240_000
"""Milliseconds."""
TILE = "[data-test-chart-id]"
"""A chart's; a text's has none."""
KEPT = PROJECT_ROOT / ".medallion" / "pictures"
LOADING = ".loading, [data-test='loading-indicator']"


@dataclass
class Seen:
    """What a dashboard's charts have got, by Superset's number of the chart."""

    rows: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def note(self, response: Response) -> None:
        if "/api/v1/chart/data" not in response.url and "explore_json" not in response.url:
            return
        if response.status != 200:
            self.failed.append(f"{response.status} {response.url}")
        elif "/api/v1/chart/data" in response.url:
            form = json.loads(response.request.post_data or "{}").get("form_data", {})
            if chart := form.get("slice_id"):  # filters ask for their values without one
                self.rows[chart] = response.json()["result"][0]["data"]


@contextmanager
def logged_in(server: SupersetServer, *, height: int, width: int = 1400) -> Iterator[Page]:
    """A page of somebody who has logged in; its window is as tall as a dashboard, since a chart is
    drawn when it comes into sight."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/login/")
        page.fill("#username", server.username)
        page.fill("#password", server.password)
        page.click("button[type=submit], input[type=submit]")
        page.wait_for_url(lambda address: "/login" not in address)
        yield page
        browser.close()


def look_at(page: Page, url: str, slug: str, titles: list[str]) -> Seen:
    """Open a dashboard and wait for every chart; none says that something is wrong."""
    seen = Seen()
    page.on("response", seen.note)
    page.goto(f"{url}/superset/dashboard/{slug}/")
    expect(
        page.get_by_test_id("slice-header").or_(page.locator(".header-title"))
    ).not_to_have_count(0, timeout=PATIENCE)
    for title in titles:
        expect(page.get_by_text(title, exact=True).first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(LOADING)).to_have_count(0, timeout=PATIENCE)
    for wrong in ("Unexpected error", "Data error", "No results were returned for this query",
                  "No data"):  # fmt: skip
        expect(page.get_by_text(wrong)).to_have_count(0)
    return seen


def not_drawn(page: Page, tiles: int) -> list[str]:
    """The titles of tiles in which there is neither a drawing, nor a number, nor a row.

    Args:
        tiles: so many charts there are.
    """
    assert page.locator(TILE).count() == tiles
    found: list[str] = page.locator(TILE).evaluate_all(
        """tiles => tiles
            .filter(tile => !tile.querySelector('canvas, svg g, .header-line, tbody tr'))
            .map(tile => tile.innerText)"""
    )
    return found


def keep(page: Page, slug: str) -> None:
    """A picture of the whole dashboard, for whoever wants to see what the test saw."""
    KEPT.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=KEPT / f"dashboard-{slug}.png", full_page=True)
