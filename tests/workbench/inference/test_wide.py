"""A file with a column for each year, month or day becomes a record for each."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from medallion.cli.__main__ import main
from medallion.records import RecordLayout
from medallion.unpivot import UnpivotSpec, unpivot_layout
from medallion.workbench.inference.sample import Field
from medallion.workbench.inference.wide import find_periods


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


PERIODS = {
    "months": ("Jan Feb Mar", "month"),
    "French months": ("janv. févr. mars avr.", "month"),
    "months of years": ("Jan-25 Feb-25 Mar-25", "month"),
    "months by numbers": ("2025-01 2025-02 2025-03", "month"),
    "months of Eurostat": ("2025M01 2025M02 2025M03", "month"),
    "fiscal years": ("FY2023 FY2024 FY2025", "fiscal_year"),
    "school years": ("2022-23 2023-24 2024-25", "fiscal_year"),
    "quarters": ("T1_2024 T2_2024 T3_2024", "quarter"),
    "quarters of any year": ("Q1 Q2 Q3 Q4", "quarter"),
    "days": ("1/22/20 1/23/20 1/24/20", "date"),
    "ISO days": ("2026-01-01 2026-01-02 2026-01-03", "date"),
}


@pytest.mark.parametrize("name", PERIODS)
def test_each_period_is_known_by_its_columns(name: str) -> None:
    written, called = PERIODS[name]
    periods = written.split()
    found = find_periods(named(["land", *periods]))
    assert found is not None
    assert found.columns == tuple(periods)
    assert found.said["name"] == called
    wide = RecordLayout(format="csv", columns=("land", *periods))
    layout = unpivot_layout(wide, UnpivotSpec.model_validate(found.said)).layout
    assert layout.columns == ("land", called, "value")


def test_names_that_other_columns_have_are_left_to_them() -> None:
    found = find_periods(named(["Year", "Value", "2023", "2024", "2025", "Total"]))
    assert found is not None
    assert (found.said["name"], found.said["value"]) == ("year_of_column", "value_of_column")
    assert "'Total' is of the whole line" in found.guess


@pytest.mark.parametrize("names", ["may total", "id jan note", "2024 2025 x", "a1 b2 c3", "q1 q2"])
def test_other_columns_stay_columns(names: str) -> None:
    assert find_periods(named(names.split())) is None


def named(names: list[str]) -> list[Field]:
    return [Field(name=name, records=1, texts={"1": 1}) for name in names]
