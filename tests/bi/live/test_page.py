"""docs/bi.md, from the first example to the dashboard, with the page's own commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.bi.live.bazaar import warehouse_of_its_own
from tests.bi.live.conftest import RunningSuperset
from tests.bi.live.dashboards_in_browser import CHROMIUM, keep, logged_in, look_at, not_drawn
from tests.bi.live.shipped import Shipped
from tests.docs.bi_page import ALL, PII, commands_of, write_page_project
from tests.docs.pages import Project

from medallion.bi.superset.client import SupersetClient
from medallion.compiler.project import load_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SHOPS = {"North": "FR", "South": "FR", "Rhine": "DE", "Hudson": "US"}
HEIGHT = 1400


@pytest.fixture(scope="module")
def shop(
    running_superset: RunningSuperset,
    project_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shipped]:
    """Its one table, published of the orders of the last two months; no two shops take the same."""
    root = tmp_path_factory.mktemp("page")
    with warehouse_of_its_own(Shipped, running_superset, root) as found:
        write_page_project(project_root, root)
        today = datetime.now(UTC).date()
        lines = [
            f"{today - timedelta(days=ago)},{name},{country},buyer {ago % 7},{ago + more}.5"
            for ago in range(1, 60)
            for more, (name, country) in enumerate(SHOPS.items())
        ]
        project = Project(root=root, url=found.url, connections=PII)
        text = "\n".join(("day,shop,country,buyer,amount", *lines, ""))
        project.write("include/data/shop/orders.csv", text)
        found.prepare()
        project.run("shop.sales")
        yield found


def test_its_commands_bring_the_dashboard_and_then_have_nothing_to_do(
    shop: Shipped, project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dry, now, running = (words.split() for words in commands_of(project_root, "bi sync"))
    capsys.readouterr()
    assert shop.run_command(*dry) == 1
    planned = capsys.readouterr().out.splitlines()
    assert shop.run_command(*now) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(planned)
    load_project(shop.root, until=time.monotonic() + 60)  # as the DAG processor does
    for words in (running, dry):
        assert shop.run_command(*words) == 0
        assert capsys.readouterr().out == "Superset is in step with the specs.\n"


def test_each_of_its_charts_has_data(shop: Shipped, superset: SupersetClient) -> None:
    shop.run_command("bi", "sync")
    ids = shop.chart_ids(superset, f"shop-{ALL}")
    assert len(ids) == len(shop.boards[f"shop-{ALL}"].charts) + 1
    for name, number in ids.items():
        (data,) = superset.chart_data(number)
        assert data.rows, name
    (takings,) = superset.chart_data(shop.chart_ids(superset, "shop-sales")["shops"])
    with psycopg.connect(shop.url) as connection:
        wanted = connection.execute(
            "SELECT shop, sum(amount) FROM gold_shop.sales GROUP BY 1 ORDER BY 2"
        ).fetchall()
    assert [(row["shop"], float(row["takings"])) for row in takings.rows] == wanted


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="chromium is not here")
def test_a_person_opens_its_dashboard(running_superset: RunningSuperset, shop: Shipped) -> None:
    shop.run_command("bi", "sync")
    person, board = running_superset.as_person(), shop.boards["shop-sales"]
    titles = [*(chart.title for chart in board.charts), "How fresh the data are"]
    with logged_in(person, height=HEIGHT) as page:
        seen = look_at(page, person.url, board.slug, titles)
        keep(page, board.slug)
        assert not_drawn(page, len(titles)) == []
    assert seen.failed == []
