"""The sides that load orders do so on this build: they land, clean, gate and merge them."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from bench.child import MARK
from bench.database import make_orders
from bench.stage import KINDS, files
from bench.warehouse import SOURCE_URL, URL
from bench.workspace import Workspace

ROWS = 1_000
Run = Callable[[str, Mapping[str, Any]], dict[str, Any]]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], warehouse_db: str
) -> Run:
    """Run a side in this process, which has the engines already."""
    monkeypatch.setenv(URL, warehouse_db)

    def side(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        monkeypatch.setattr("sys.argv", [name, json.dumps(dict(given))])
        importlib.import_module(f"bench.sides.{name}").main()
        lines = capsys.readouterr().out.splitlines()
        answer: dict[str, Any] = json.loads(lines[-1].removeprefix(MARK))
        return answer

    return side


def test_a_table_is_copied_out_and_in_by_hand(
    tmp_path: Path, run: Run, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SOURCE_URL, warehouse_db)
    make_orders(warehouse_db, ROWS)
    # Its rows are frozen, as ours are: PostgreSQL refuses that outside of the transaction that
    # has made the table.
    assert run("database_orders", {"by": "copy", "folder": str(tmp_path)})["rows"] == ROWS


def test_orders_are_landed_cleaned_gated_and_merged(tmp_path: Path, run: Run) -> None:
    given = {**files(Workspace(folder=tmp_path), ROWS), **KINDS["stage.copy"]}
    landed = run("land_orders", given)
    cleaned = run("clean_orders", given)
    run("gate_orders", {**given, "by": "medallion", "failing": True, "forked": False})
    merged = run("merge_orders", {"by": "medallion", "interval": 0, "first": 1, "rows": ROWS})
    assert (landed["rows"], cleaned["rows"], cleaned["aside"]) == (ROWS, ROWS, 0)
    assert merged["seconds"] > 0
