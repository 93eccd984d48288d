"""`preview` as its user runs it: what it prints, the page, and the exit code."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.workbench.test_preview import FILES

from medallion.cli.__main__ import main
from medallion.local.postgres import EmbeddedPostgres


@pytest.fixture
def project(tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Path:
    """One whose local server is the tests'."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return tmp_path


def test_a_table_is_shown_and_not_published(
    project: Path, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    html = project / "preview.html"
    words = ["preview", "silver_shop.orders", "--root", str(project), "--html", str(html)]
    with patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": warehouse_db}):
        assert main(words) == 0
        assert main(["preview", "silver_shop.order", "--root", str(project)]) == 1
    shown = capsys.readouterr()
    for expected in (
        "nothing is published",
        "✓ orders.publish",
        "5 rows read = 2 published + 2 quarantined + 1 duplicates + 0 discarded",
        'amount: "x" is not a number with at most 8 digits before and 2 after the point',
        '"amount": "x"}',
        "same primary key:",
        "(personal: not shown)",
        "2 rows would be published, and 2 would go to quarantine instead.",
    ):
        assert expected in shown.out
    assert "no valid spec publishes silver_shop.order" in shown.err
    assert "5 rows read" in html.read_text(encoding="utf-8")
    assert html.stat().st_mode & 0o077 == 0
