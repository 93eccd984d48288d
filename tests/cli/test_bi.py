"""`bi sync` where nothing is declared, and what `status` says of a sync that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cli.__main__ import main
from medallion.warehouse.registry import bi
from medallion.warehouse.session.transaction import session


def test_without_declarations_no_superset_is_asked_and_status_names_a_failing_sync(
    warehouse_db: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_DISK_WARN_GIB", "0")
    (tmp_path / "specs").mkdir()
    for more in ([], ["--running"], ["--dry-run"]):
        assert main(["bi", "sync", "--root", str(tmp_path), *more]) == 0
        assert "No spec declares anything for the BI team." in capsys.readouterr().out
    with session(warehouse_db, "failing") as connection:
        bi.keep_failure(connection, "Superset does not answer")
    assert main(["status"]) == 1
    said = capsys.readouterr().out
    assert "! Superset is not kept in step since" in said
    assert "Superset does not answer" in said
