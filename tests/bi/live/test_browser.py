"""A person logs in with a browser: the pages work, and nothing of another host is loaded."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect
from tests.bi.live.conftest import RunningSuperset
from tests.local.catalogue_in_browser import CHROMIUM, chromium

from medallion.local.superset.settings import ADMIN, superset_password

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no browser here"),
]


def test_a_person_logs_in_and_no_other_host_answers(running_superset: RunningSuperset) -> None:
    url = running_superset.settings.url
    answered, refused = set(), set()

    def note(request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host and request.response() is not None:
            answered.add(host)

    def note_refused(request: Request) -> None:
        refused.add((urlsplit(request.url).netloc, request.failure))

    with chromium() as browser:
        page = browser.new_page()
        page.on("requestfinished", note)
        page.on("requestfailed", note_refused)
        page.goto(f"{url}/login/")
        page.fill("#username", ADMIN)
        page.fill("#password", superset_password(running_superset.paths, ADMIN))
        page.click("button[type=submit]")
        page.wait_for_url("**/welcome/")
        expect(page.get_by_text("Dashboards").first).to_be_visible()
        page.goto(f"{url}/dashboard/list/")
        expect(page.get_by_text("Last modified").first).to_be_visible()
        page.context.close()
    assert answered == {urlsplit(url).netloc}
    elsewhere = {(host, why) for host, why in refused if host != urlsplit(url).netloc}
    assert {why for _, why in elsewhere} <= {"csp"}
