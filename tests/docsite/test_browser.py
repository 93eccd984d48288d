"""The real site in a browser, as Airflow serves it: below a path, under a strict policy, framed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi import Response
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from tests.airflow.pages.visitors import Person, mounted
from tests.local.catalogue_in_browser import CHROMIUM, PATIENCE, chromium

from medallion.airflow.pages import access
from medallion.airflow.pages.app import make_app

OUTER = '<html class="{theme}"><body><iframe src="medallion/docs/" width="1200" height="800" '
OUTER += 'sandbox="allow-scripts allow-same-origin allow-forms allow-downloads"></iframe>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium")
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(built_site: Path) -> Iterator[str]:
    """A server of the pages' app, with a page around it as Airflow has one."""
    app = make_app()
    app.dependency_overrides[access._viewer] = lambda: Person(
        name="ada",
        dag_ids=frozenset(),
        domains=frozenset(),
        user=SimpleAuthManagerUser(username="ada", role="user"),
    )
    outer = mounted(app)
    outer.root_path = ""

    @outer.get("/frame/{theme}")
    def frame(theme: str) -> Response:
        return Response(
            OUTER.replace("medallion", "/medallion").format(theme=theme), media_type="text/html"
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDALLION_DOCS_SITE", str(built_site))
        server = uvicorn.Server(uvicorn.Config(outer, port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser has refused, and what was asked of elsewhere: at the end, nothing."""
    found: list[str] = []
    yield found
    assert found == []


def opened(
    browser: Browser,
    address: str,
    complaints: list[str],
    width: int,
    scheme: str = "light",
    locale: str = "en",
) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=locale,
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and "/favicon.ico" not in message.location["url"]:
            complaints.append(message.text)

    def note_request(request: Request) -> None:
        if not request.url.startswith((address, "data:")):
            complaints.append(request.url)

    page.on("console", note_message)
    page.on("request", note_request)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


@pytest.mark.parametrize(
    ("language", "word", "title"),
    [
        ("en", "replays", "Quarantine"),
        ("fr", "quarantaines", "Quarantaine"),
        ("fr", "tué", "Fiabilité"),  # whose stem is a word that Sphinx leaves out
    ],
)
def test_a_word_is_found_in_each_language_and_nothing_is_refused(
    browser: Browser, address: str, complaints: list[str], language: str, word: str, title: str
) -> None:
    """Also by another form of it than the pages have."""
    page = opened(browser, address, complaints, 1440, locale=language)
    page.goto(f"{address}/medallion/docs/")
    page.wait_for_url(f"{address}/medallion/docs/{language}/index.html")
    page.locator(".sidebar-search").fill(word)
    page.locator(".sidebar-search").press("Enter")
    # Results come one by one, and move what is below them.
    expect(page.locator("#search-results .search-summary")).to_contain_text(re.compile(r"\d"))
    found = page.locator("#search-results ul.search a", has_text=re.compile(f"^{title}$")).first
    expect(found).to_be_visible()
    found.click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("width", [1440, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_lead_to_the_other_language(
    browser: Browser, address: str, complaints: list[str], width: int, scheme: str
) -> None:
    page = opened(browser, address, complaints, width, scheme)
    for name in ("index", "readme", "operations", "rules", "decisions/index"):
        page.goto(f"{address}/medallion/docs/en/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    shade = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (shade == "rgb(255, 255, 255)") is (scheme == "light")
    if width == 800:
        page.locator("header label.nav-overlay-icon").click()
    page.get_by_role("link", name="Français").click()
    page.wait_for_url(f"{address}/medallion/docs/fr/decisions/index.html")
    assert page.evaluate("localStorage.getItem('docs-language')") == "fr"
    assert page.evaluate("localStorage.getItem('theme')") is None, "it is Airflow's own"
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_frame_follows_the_theme_of_airflow(
    browser: Browser, address: str, complaints: list[str], theme: str
) -> None:
    page = opened(browser, address, complaints, 1440, "dark" if theme == "light" else "light")
    page.goto(f"{address}/frame/{theme}")
    body = page.frame_locator("iframe").locator("body")
    expect(body).to_have_attribute("data-theme", theme)
    expect(body.locator(".theme-toggle-content")).to_be_hidden()
    other = "light" if theme == "dark" else "dark"
    page.evaluate(f"document.documentElement.className = '{other}'")
    expect(body).to_have_attribute("data-theme", other)
    page.context.close()
