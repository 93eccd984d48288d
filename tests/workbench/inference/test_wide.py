"""A file with a column for each year becomes a record for each year."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from medallion.cli.__main__ import main


@pytest.mark.parametrize(
    ("header", "unpivots"), [("land,2023,2024,2025", True), ("land,2024,2025,total", False)]
)
def test_years_become_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], header: str, unpivots: bool
) -> None:
    file = tmp_path / "include/data/shop/wide.csv"
    file.parent.mkdir(parents=True)
    (tmp_path / "specs").mkdir()
    file.write_text(f"{header}\nFR,1,2.5,\nDE,3,4,5\n")
    words = ["new", "shop/wide", "include/data/shop/wide.csv", "--print", "--root", str(tmp_path)]
    assert main(words) == 0
    dataset = yaml.safe_load(capsys.readouterr().out)["datasets"]["wide"]
    assert ("unpivot" in dataset["source"]) is unpivots
    if unpivots:
        assert dataset["silver"]["primary_key"] == ["land", "year"]
        value = {"type": "decimal(18,2)", "nullable": True}
        assert dataset["silver"]["columns"] == {
            "land": {"type": "text"}, "year": {"type": "integer"}, "value": value,
        }  # fmt: skip
