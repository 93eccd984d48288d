"""`plan` says where a dataset is cleaned, and warns where a cluster has nothing to share out."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cli.__main__ import main

SPEC = """\
description: Orders of the shop.
engine: spark
datasets:
  alone:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {id: {type: bigint}}}
  many:
    source: {type: file, path: "include/data/shop/orders-*.csv"}
    silver: {columns: {id: {type: bigint}}}
  here:
    engine: duckdb
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {id: {type: bigint}}}
"""


def test_a_landing_of_one_file_on_a_cluster_is_worth_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "specs" / "shop").mkdir(parents=True)
    (tmp_path / "specs" / "shop" / "orders.yaml").write_text(SPEC)
    data = tmp_path / "include" / "data" / "shop"
    data.mkdir(parents=True)
    for name in ("orders", "orders-1", "orders-2"):
        (data / f"{name}.csv").write_text("id\n1\n")
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["plan", "--root", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    cleans = [line.strip(" │├└─") for line in shown.splitlines() if "clean" in line]
    assert cleans == [
        "clean  on spark  one file is one part: a single worker cleans it",
        "clean  on spark",
        "clean",
    ]
