"""`diff` where it cannot be made; what it prints is in tests/workbench/diff."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.workbench.test_preview import FILES

from medallion.cli.__main__ import main
from medallion.local.postgres import EmbeddedPostgres

NOBODY = "postgresql://loader:pw@127.0.0.1:9/warehouse"


def test_without_a_warehouse_or_a_source_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], embedded_postgres: EmbeddedPostgres
) -> None:
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    root = ["--root", str(tmp_path)]
    with patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": NOBODY}):
        assert main(["diff", "silver_shop.orders", *root]) == 2
    assert "connecting to the warehouse" in capsys.readouterr().err
    assert main(["diff", "gold_shop.totals", "--fresh", *root]) == 2
    assert "--fresh asks a source, and gold_shop.totals has none" in capsys.readouterr().err
