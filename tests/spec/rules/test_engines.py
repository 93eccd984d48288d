"""A lake that no worker of Spark can read is refused with the spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.roots import LAKE
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

FAR = "abfs://lake@bronze/landed"
DATASET = """\
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {id: {type: bigint}}}
"""
OF_DATASET = DATASET.replace("    silver", "    engine: spark\n    silver")


@pytest.mark.parametrize(
    ("domain", "pipeline", "dataset", "place"),
    [
        ("", "engine: spark\n", DATASET, (2, 9)),
        ("", "", OF_DATASET, (5, 13)),
        ("engine: spark\n", "", DATASET, (4, 5)),
    ],
    ids=["pipeline", "dataset", "domain"],
)
def test_a_lake_in_an_object_store_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    domain: str,
    pipeline: str,
    dataset: str,
    place: tuple[int, int],
) -> None:
    folder = tmp_path / "specs" / "shop"
    folder.mkdir(parents=True)
    data = tmp_path / "include" / "data" / "shop"
    data.mkdir(parents=True)
    (data / "orders.csv").write_text("id\n1\n")
    (folder / "domain.yaml").write_text(f"owner: data@example.org\n{domain}")
    (folder / "orders.yaml").write_text(f"description: Orders.\n{pipeline}datasets:\n{dataset}")
    monkeypatch.setenv(LAKE, str(tmp_path / "lake"))
    assert load_all(tmp_path, sql_reader(tmp_path)).issues == ()
    monkeypatch.setenv(LAKE, FAR)
    (issue,) = load_all(tmp_path, sql_reader(tmp_path)).issues
    assert (issue.line, issue.column, issue.rule) == (*place, "cluster-engine")
    assert issue.problem.endswith(f"MEDALLION_LAKE_ROOT is {FAR}")
