"""The catalogue in Airflow's own pages, in a real browser: what a person reads and can do there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import jwt
from playwright.sync_api import (
    Browser,
    FrameLocator,
    Locator,
    Page,
    expect,
    sync_playwright,
)

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 240_000
"""Milliseconds: Airflow's own page takes its time on a busy machine."""
TABLE = "silver_cinema.movies"
GOLD = "gold_cinema.brand_performance"
DASHBOARD = "https://bi.example.org/brands"
REPLACED = "silver_cinema.brands"
"""A table that each run publishes as a new version."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium, without a window."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE
        )
        yield browser
        browser.close()


def opened(browser: Browser, url: str, token: str, width: int, scheme: str) -> Page:
    """A page of a person who is logged in; every request to elsewhere is noted."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    if token:
        context.add_cookies([{"name": "_token", "value": token, "url": url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def token_of_a_viewer(token: str, secret: str) -> str:
    """The token of somebody else, whose role only reads, as Airflow would sign it."""
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims | {"sub": "vera", "role": "VIEWER"}, secret, header["alg"], header)


def within_airflow(page: Page, url: str, place: str = "/plugin/catalogue") -> FrameLocator:
    """The catalogue in the frame that Airflow shows it in."""
    page.goto(f"{url}{place}")
    return page.frame_locator("iframe")


def look_at_the_overview(browser: Browser, url: str, token: str, width: int, scheme: str) -> None:
    """Within Airflow, in its theme, every table with its state; nothing comes from elsewhere."""
    page = opened(browser, url, token, width, scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    frame = within_airflow(page, url)
    expect(frame.get_by_role("heading", name="Tables", level=1)).to_be_visible()
    expect(frame.get_by_role("link", name=TABLE)).to_be_visible()
    is_dark = page.locator("html").get_attribute("class") or ""
    shown = frame.locator("html").get_attribute("class") or ""
    assert ("dark" in is_dark.split()) == ("dark" in shown.split()) == (scheme == "dark")
    assert frame.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth"), width
    elsewhere = [one for one in asked if "/medallion" in one and not one.startswith(url)]
    assert elsewhere == []
    page.context.close()


def walk_by_keyboard(browser: Browser, url: str, token: str) -> None:
    """From the search to a table and its tabs, without a mouse; the address follows."""
    page = opened(browser, url, token, 1440, "light")
    page.goto(f"{url}/medallion/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.type("films as tmdb")
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name=TABLE)
    expect(link).to_be_visible()
    expect(page.get_by_role("link", name="silver_cinema.brands")).to_have_count(0)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=TABLE, level=1)).to_be_visible()
    expect(page.get_by_text("TMDB's number of the film.")).to_be_visible()
    expect(page.get_by_role("img", name="published").first).to_be_visible()
    for tab, text in (
        ("Quality", "unique movie_id"),
        ("Quarantine", "in quarantine"),
        ("Versions", "Versions that are kept"),
        ("Rows", "The first"),
        ("SQL and spec", "specs/cinema/box_office.yaml"),
    ):
        page.get_by_role("navigation", name=TABLE).get_by_role("link", name=tab).press("Enter")
        expect(page.get_by_text(text).first).to_be_visible()
    page.context.close()


def leave_for_airflow_and_dashboards(browser: Browser, url: str, token: str, asks: str) -> None:
    """A frame may not navigate the page around it; the catalogue's links elsewhere do: to a DAG, to
    the form of a publication that waits for an answer, from the graph to a dashboard."""
    page = opened(browser, url, token, 1440, "light")
    frame = within_airflow(page, url, f"/plugin/catalogue/medallion/tables/{TABLE}")
    frame.get_by_role("link", name="cinema.box_office", exact=True).click()
    page.wait_for_url("**/dags/cinema.box_office**")
    frame = within_airflow(page, url, f"/plugin/catalogue/medallion/tables/{asks}/approvals")
    frame.get_by_role("link", name="Approve or reject it in Airflow").click()
    page.wait_for_url("**/required_actions**")
    page.route(f"{DASHBOARD}**", lambda route: route.fulfill(body="a dashboard"))
    frame = within_airflow(page, url, "/plugin/catalogue/medallion/lineage")
    frame.get_by_role("link", name=re.compile("brand_review")).press("Enter")
    page.wait_for_url(DASHBOARD)
    page.context.close()


def be_asked_to_select(browser: Browser, url: str, token: str, table: str) -> None:
    """The form of a quarantine that nothing is selected in says so, and asks once something is."""
    page = opened(browser, url, token, 1440, "dark")
    page.goto(f"{url}/medallion/tables/{table}/quarantine")
    runs = page.get_by_role("region", name="By run")
    runs.get_by_role("button", name="Drop selected").click()
    box = page.locator("input[name=run]").first
    said = box.evaluate("e => e.validationMessage")
    assert said == "Select at least one run."
    page.get_by_role("checkbox", name="Select all runs").check()
    runs.get_by_role("button", name="Drop selected").click()
    expect(page.get_by_role("heading", name="Drop these rows?")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(runs.get_by_role("button", name="Drop selected")).to_be_visible()
    page.context.close()


def replay_a_row(page: Page, url: str, table: str, reason: str) -> str:
    """Select one row, press Replay, say that it is meant; the run of Airflow that does it."""
    page.goto(f"{url}/medallion/tables/{table}/quarantine")
    row = page.get_by_role("region", name="Rows").get_by_role("row").filter(has_text=reason)
    row.get_by_role("checkbox").check()
    page.get_by_role("region", name="Rows").get_by_role("button", name="Replay selected").click()
    expect(page.get_by_role("heading", name="Replay these rows?")).to_be_visible()
    expect(page.get_by_text("1 open row of 1 run is tried again")).to_be_visible()
    page.get_by_role("button", name="Replay these rows").click()
    journal = page.get_by_role("region", name="Done by hand").get_by_role("row")
    done = journal.filter(has=page.get_by_role("cell", name="replay", exact=True)).first
    expect(done.get_by_role("cell", name="admin", exact=True)).to_be_visible()
    return done.get_by_role("link").last.inner_text()


def drop_a_reason(page: Page, url: str, table: str, reason: str) -> None:
    """Select a reason, press Drop, say that it is meant; nothing is left."""
    page.goto(f"{url}/medallion/tables/{table}/quarantine")
    reasons = page.get_by_role("region", name="By reason")
    expect(reasons.get_by_role("row")).to_have_count(2)  # with the heads
    reasons.get_by_role("row").filter(has_text=reason).get_by_role("checkbox").check()
    reasons.get_by_role("button", name="Drop selected").click()
    expect(page.get_by_text("is deleted for good")).to_be_visible()
    page.get_by_role("button", name="Drop these rows").click()
    expect(page.get_by_text("Nothing of this table is open in quarantine.")).to_be_visible()
    expect(page.get_by_role("cell", name="drop quarantine")).to_be_visible()


def see_nothing_anonymously(browser: Browser, url: str) -> None:
    """Who is not logged in gets to the login."""
    page = opened(browser, url, "", 1440, "light")
    page.goto(f"{url}/medallion/tables/{TABLE}")
    page.wait_for_url("**/auth/login**")
    page.context.close()


def look_without_rights(browser: Browser, url: str, token: str) -> None:
    """A viewer sees tables, and no button that changes one."""
    page = opened(browser, url, token, 800, "light")
    page.goto(f"{url}/medallion/tables/{TABLE}/versions")
    expect(page.get_by_text("Versions that are kept")).to_be_visible()
    expect(page.get_by_role("button", name="Go back to it")).to_have_count(0)
    page.context.close()


def go_back_a_version(browser: Browser, url: str, token: str, table: str) -> None:
    """Asked once more, then done, and in the journal."""
    page = opened(browser, url, token, 1440, "light")
    page.goto(f"{url}/medallion/tables/{table}/versions")
    page.get_by_role("button", name="Go back to it").first.click()
    expect(page.get_by_text("Readers of")).to_be_visible()
    page.get_by_role("button", name="Go back to version").click()
    journal = page.get_by_role("region", name="Done by hand").get_by_role("row")
    done = journal.filter(has=page.get_by_role("cell", name="rollback", exact=True)).first
    expect(done.get_by_role("cell", name="admin", exact=True)).to_be_visible()
    page.context.close()


def walk_through_the_lineage(browser: Browser, url: str, token: str) -> None:
    """Find a table, move about, focus on it by a key, and see what its columns are made of."""
    page = opened(browser, url, token, 1440, "light")
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto(f"{url}/medallion/lineage")
    graph = page.get_by_role("group", name="Lineage graph")
    movies = page.get_by_role("link", name=re.compile(f"^{TABLE}"))
    expect(movies).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^gold_finance.operations"))).to_have_count(1)
    page.keyboard.press("/")
    page.keyboard.type(TABLE)
    expect(page.get_by_role("status")).to_have_text(re.compile("[1-9] found"))
    world = page.locator("#world")
    for move in (
        lambda: graph.press("ArrowRight"),
        lambda: graph.press("+"),
        lambda: page.get_by_role("button", name="Show all").click(),
        lambda: drag(page, graph),
        lambda: page.mouse.wheel(0, 300),  # where the drag has ended
    ):
        before = world.get_attribute("transform") or ""
        move()
        expect(world).not_to_have_attribute("transform", before)
    movies.focus()
    page.keyboard.press("f")
    page.wait_for_url(f"**/medallion/lineage?focus={TABLE}")
    expect(
        page.get_by_role("link", name=re.compile("gold_cinema.brand_performance"))
    ).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^gold_finance.operations"))).to_have_count(0)
    movies.click()
    expect(page.get_by_role("heading", name=TABLE, level=1)).to_be_visible()
    columns = page.get_by_role("region", name="Lineage of the columns")
    genres = columns.get_by_role("row", name=re.compile("^genres"))
    expect(genres).to_contain_text("silver_cinema.genres.name")
    assert not [one for one in refused if "Content Security Policy" in one]
    page.context.close()


def drag(page: Page, graph: Locator) -> None:
    """By the background, in the corner where no node is."""
    box = graph.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 60, steps=4)
    page.mouse.up()


def look_at_the_lineage(browser: Browser, url: str, token: str) -> None:
    """Within Airflow, in its theme, on a narrow screen."""
    page = opened(browser, url, token, 800, "dark")
    frame = within_airflow(page, url, "/plugin/catalogue/medallion/lineage")
    expect(frame.get_by_role("link", name=re.compile(f"^{TABLE}"))).to_be_visible()
    expect(frame.locator("html")).to_have_class(re.compile("dark"))
    assert frame.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth")
    frame.get_by_role("link", name="As a list").click()
    expect(frame.get_by_role("cell", name="silver_cinema.movies").first).to_be_visible()
    page.context.close()


def open_the_documentation(browser: Browser, url: str, token: str) -> None:
    """From Airflow's own menu; where it was not built, the page says how."""
    page = opened(browser, url, token, 1440, "dark")
    page.goto(url)
    page.get_by_role("button", name="Docs").click()
    page.get_by_role("menuitem", name="Medallion").click()
    heading = page.frame_locator("iframe").get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile("^(Medallion|Documentation)"))
    page.context.close()


def _line(page: Page, table: str) -> Locator:
    """A table's line of the overview."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=table, exact=True))


def _last_update(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/")
    expect(_line(page, GOLD).locator("time")).to_contain_text("ago")


def _freshness_verdict(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/")
    expect(_line(page, GOLD).locator(".state")).to_have_text("fresh")
    page.goto(f"{url}/medallion/tables/{GOLD}")
    expect(page.get_by_text("warns after 26 h, an error after")).to_be_visible()
    expect(page.get_by_text("due by")).to_be_visible()


def _table_lineage(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{GOLD}")
    lineage = page.get_by_role("region", name="Lineage", exact=True)
    expect(lineage.get_by_role("link", name=TABLE)).to_be_visible()
    expect(lineage.get_by_role("link", name="gold_cinema.brand_comparison")).to_be_visible()


def _column_lineage(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{GOLD}")
    columns = page.get_by_role("region", name="Lineage of the columns")
    line = columns.get_by_role("row").filter(has_text="lifetime_gross")
    expect(line.get_by_role("link", name=REPLACED).first).to_be_visible()


def _row_counts_over_time(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{REPLACED}")
    over_time = page.get_by_role("region", name="Rows over time")
    expect(over_time.get_by_role("img", name="rows over the last")).to_be_visible()
    expect(page.get_by_role("img", name="published").first).to_be_visible()


def _quality_history(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{TABLE}/quality")
    page.locator("a.cell").last.click()
    expect(page.get_by_text("Rows checked")).to_be_visible()
    expect(page.locator("#shown p").first).to_contain_text("rows")


def _quarantined_rows(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{REPLACED}/quarantine")
    reasons = page.get_by_role("region", name="By reason").get_by_role("row")
    expect(reasons.filter(has_text=REASON).get_by_role("cell").last).to_have_text("1")
    row = page.get_by_role("region", name="Rows").get_by_role("row").filter(has_text=REASON)
    expect(row).to_contain_text("Marque: Nowhere")
    expect(page.get_by_role("region", name="By run").get_by_role("row")).to_have_count(2)


def _owner(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{GOLD}")
    expect(
        page.get_by_role("region", name="Facts").get_by_text("cinema-data", exact=True)
    ).to_be_visible()


def _description_and_columns(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{GOLD}")
    expect(page.get_by_text("How each brand's top release did")).to_be_visible()
    column = page.get_by_role("row").filter(has_text="Of all the brand's releases.")
    expect(column.get_by_text("USD", exact=True)).to_be_visible()


def _exposures_and_dashboard_links(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{GOLD}")
    link = page.get_by_role("link", name="brand_review")
    expect(link).to_have_attribute("href", "https://bi.example.org/brands")
    expect(page.get_by_text("(bi-team)")).to_be_visible()


def _preview(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{GOLD}/rows")
    expect(page.get_by_role("columnheader", name="top_release", exact=True)).to_be_visible()
    expect(page.get_by_role("row").nth(1)).to_be_visible()


def _alerting(page: Page, url: str) -> None:
    for place in ("", f"tables/{TABLE}"):
        page.goto(f"{url}/medallion/{place}")
        incidents = page.get_by_role("region", name="Open incidents")
        expect(incidents.get_by_text(TROUBLE)).to_be_visible()


def _versions_and_rollback(page: Page, url: str) -> None:
    page.goto(f"{url}/medallion/tables/{REPLACED}/versions")
    expect(page.get_by_role("button", name="Go back to it").first).to_be_visible()
    page.get_by_role("radio", name="before").last.check()
    page.get_by_role("radio", name="after").first.check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("rows added")).to_be_visible()


def _what_a_run_did(page: Page, url: str) -> None:
    page.goto(f"{url}/dags/cinema.box_office")
    runs = page.request.get(f"{url}/api/v2/dags/cinema.box_office/dagRuns?limit=1").json()
    run_id = runs["dag_runs"][0]["dag_run_id"]
    shown = f"{url}/dags/cinema.box_office/runs/{run_id}/plugin/run-tables"
    page.goto(shown)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="What this run did")).to_be_visible()
    expect(frame.get_by_role("link", name=GOLD)).to_be_visible()


REASON = "total_gross: is empty"
RECORD = '{"Marque": "Nowhere"}'
TROUBLE = "A trouble that nobody has ended."
EXPECTED: Mapping[str, Callable[[Page, str], None]] = {
    "last update": _last_update,
    "freshness verdict": _freshness_verdict,
    "table lineage": _table_lineage,
    "column lineage": _column_lineage,
    "row counts over time": _row_counts_over_time,
    "quality history": _quality_history,
    "quarantined rows": _quarantined_rows,
    "owner": _owner,
    "description and columns": _description_and_columns,
    "exposures and dashboard links": _exposures_and_dashboard_links,
    "preview": _preview,
    "alerting": _alerting,
    "versions and rollback": _versions_and_rollback,
    "what a run did": _what_a_run_did,
}
"""What an operator expects to find."""
