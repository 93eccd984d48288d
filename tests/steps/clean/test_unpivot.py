"""Wide files as long tables: each cell is a row, published or in quarantine, and counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.steps.landed import FILMS, context
from tests.steps.staged import query

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.errors import MedallionError
from medallion.lake.reader import read_manifest
from medallion.plan.model import CleanStep, LandStep
from medallion.sources.file.source import FileSource
from medallion.steps.run import run_step
from medallion.unpivot import UnpivotSpec

UNPIVOT = UnpivotSpec.model_validate({"columns": r"/^\d{4}$/", "name": "Year", "value": "Amount"})
COLUMNS = {
    "country": {"from": "Country", "type": "text"},
    "year": {"from": "Year", "type": "integer"},
    "amount": {
        "from": "Amount",
        "type": "decimal(12,2)",
        "nullable": True,
        "scale": {"from": "Unit", "map": {"MIL": 1000, "UNIT": 1}},
    },
}
CLEAN = CleanStep(
    table=FILMS,
    columns={name: ColumnSpec.model_validate(said) for name, said in COLUMNS.items()},
    primary_key=("country", "year"),
    row_filter="year <> 2023",
    unpivot=UNPIVOT,
)


def test_each_cell_is_accounted_for(warehouse_db: str, tmp_path: Path) -> None:
    path = "include/data/cinema/wide.csv"
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(
        "Country;Unit;2023;2024;2025\n"
        "FR; MIL ;1;1.23456;2\n"
        "too;short\n"
        "DE;UNIT;x;;3.999\n"
        "DE;UNIT;;7;\n"
        "IT;BIL;1;2;\n"
    )
    handed = context(warehouse_db, tmp_path)
    source = FileSource(type="file", path=path, unpivot=UNPIVOT)
    landed = run_step(LandStep(table=FILMS, source=source), replace(handed, task_id="films.land"))
    assert read_manifest(str(landed.reference)).notes["unpivot"] == {"columns": 3, "records": 15}
    result = run_step(CLEAN, replace(handed, task_id="films.clean"))
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (13, 5, 3)
    assert (result.rows_deduplicated, result.rows_discarded) == (1, 4)
    assert query(
        warehouse_db, f"SELECT country, year, amount::text FROM {result.reference} ORDER BY 1, 2"
    ) == [
        ("DE", 2024, "7.00"), ("DE", 2025, None), ("FR", 2024, "1234.56"), ("FR", 2025, "2000.00"),
        ("IT", 2025, None),
    ]  # fmt: skip
    rejects = FILMS.rejects(handed.run_key)
    found = query(warehouse_db, f"SELECT reasons, record, _bronze_record FROM {rejects} ORDER BY 3")
    assert found == [
        (
            ['amount: "3.999" is not a number with at most 10 digits before and 2 after the point, '
             "after scaling"],
            {"Country": "DE", "Unit": "UNIT", "Year": "2025", "Amount": "3.999"},
            6,
        ),
        (
            ['amount: its unit, Unit "BIL", is not among MIL, UNIT'],
            {"Country": "IT", "Unit": "BIL", "Year": "2024", "Amount": "2"},
            11,
        ),
        (["line 3: it has 2 fields, the header has 5"], {"_line": 3, "_text": "too;short"}, None),
    ]  # fmt: skip
    file.write_text("Country;Unit;Total\nFR;MIL;1\n")
    with pytest.raises(MedallionError, match="no column matches"):
        run_step(
            LandStep(table=FILMS, source=source),
            replace(context(warehouse_db, tmp_path, run_id="2"), task_id="films.land"),
        )
