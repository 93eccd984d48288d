"""The pictures of dashboards in the documentation show the dashboards that the specs declare."""

from __future__ import annotations

from pathlib import Path

from tests.docs.dashboard_pictures import PICTURES, digest_of, read_digests

from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader


def test_no_picture_is_older_than_its_dashboard(project_root: Path) -> None:
    plans = [make_plan(spec) for spec in load_all(project_root, sql_reader(project_root)).specs]
    tables = [table for plan in plans for table in plan.bi_tables]
    boards = {board.slug: board for plan in plans for board in plan.dashboards}
    declared = {slug: digest_of(boards[slug], tables) for slug in PICTURES}
    assert read_digests() == declared, (
        "a dashboard has changed since its picture was taken: "
        "MEDALLION_WRITE_GOLDEN=1 pytest -n0 tests/bi/live/test_shipped.py takes it again"
    )
    for path in PICTURES.values():
        page = (project_root / "docs" / "bi.md").read_text()
        assert f"](images/{path.name})" in page
