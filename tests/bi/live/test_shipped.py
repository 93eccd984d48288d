"""The shipped dashboards in a real Superset: each chart shows what SQL says, and a browser draws
each tile. What it saw is kept, in `.medallion/pictures`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.bi.live.conftest import RunningSuperset
from tests.bi.live.dashboards_in_browser import CHROMIUM, keep, logged_in, look_at, not_drawn
from tests.bi.live.shipped import Shipped, shipped_domains
from tests.bi.live.shipped_charts import EXPECTED, FRESHNESS
from tests.bi.live.shop_charts import compared
from tests.docs.dashboard_pictures import PICTURES, keep_digest

from medallion.bi.assets.freshness import FRESHNESS_CHART
from medallion.bi.superset.client import SupersetClient

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
HEIGHT = 3400
"""Pixels, for the longest of them at once."""
PICTURE = {"width": 1100, "height": 1180}
"""Of those that docs/bi.md and the README show."""
CHARTS = [(slug, chart) for slug, charts in EXPECTED.items() for chart in charts]


@pytest.fixture(scope="module")
def shipped(
    running_superset: RunningSuperset,
    project_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shipped]:
    root = tmp_path_factory.mktemp("shipped")
    with shipped_domains(running_superset, root, project_root) as found:
        yield found


def expected(shipped: Shipped, question: str, **values: Any) -> list[dict[str, Any]]:
    with psycopg.connect(shipped.url, row_factory=dict_row) as connection:
        connection.execute("SET timezone = 'UTC'")
        return compared(connection.execute(question, values or None).fetchall(), question)


def test_both_domains_have_dashboards_and_each_chart_a_question_of_its_own(
    shipped: Shipped,
) -> None:
    assert {board.domain for board in shipped.boards.values()} == {"cinema", "finance"}
    declared = {
        slug: {chart.name for chart in board.charts} for slug, board in shipped.boards.items()
    }
    assert declared == {slug: charts.keys() for slug, charts in EXPECTED.items()}


@pytest.mark.parametrize(("slug", "chart"), CHARTS)
def test_a_charts_data_are_what_sql_says(
    superset: SupersetClient, shipped: Shipped, slug: str, chart: str
) -> None:
    question = EXPECTED[slug][chart]
    (data,) = superset.chart_data(shipped.chart_ids(superset, slug)[chart], is_forced=True)
    found = compared(data.rows, question)
    assert found
    assert found == expected(shipped, question)


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="chromium is not here")
@pytest.mark.parametrize("slug", EXPECTED)
def test_a_browser_draws_each_tile(
    running_superset: RunningSuperset, superset: SupersetClient, shipped: Shipped, slug: str
) -> None:
    person, board = running_superset.as_person(), shipped.boards[slug]
    titles = [*(chart.title for chart in board.charts), "How fresh the data are"]
    with logged_in(person, height=HEIGHT) as page:
        seen = look_at(page, person.url, slug, titles)
        keep(page, slug)
        assert not_drawn(page, len(titles)) == []
    assert seen.failed == []
    ids = shipped.chart_ids(superset, slug)
    assert {name for name, number in ids.items() if number in seen.rows} == ids.keys()
    for name, question in EXPECTED[slug].items():
        assert compared(seen.rows[ids[name]], question) == expected(shipped, question), name
    tables = [str(table) for table in board.tables]
    fresh = compared(seen.rows[ids[FRESHNESS_CHART]], FRESHNESS)
    assert fresh == expected(shipped, FRESHNESS, tables=tables)
    assert {row["state"] for row in fresh} <= {"fresh", "published"}
    if slug in PICTURES and os.environ.get("MEDALLION_WRITE_GOLDEN"):
        with logged_in(person, **PICTURE) as page:
            look_at(page, person.url, slug, ["How fresh the data are"])
            page.screenshot(path=PICTURES[slug])
        keep_digest(slug, board, shipped.tables)
