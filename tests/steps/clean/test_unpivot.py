"""Wide files as long tables: each cell is a row, published or in quarantine, and counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.steps.landed import FILMS, context
from tests.steps.staged import query

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.errors import MedallionError, SourceRefused
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


def test_files_whose_columns_differ_are_unpivoted_each_by_its_own(
    warehouse_db: str, tmp_path: Path
) -> None:
    folder = tmp_path / "include/data/cinema"
    folder.mkdir(parents=True)
    for year, names in (("2024", ["2023", "2024"]), ("2025", ["2024", "2025", "2026"])):
        table = {"Country": [f"A{year}", "B"], "Unit": ["UNIT", "MIL"]}
        table |= {name: ["1.5", None] for name in names}
        pq.write_table(pa.table(table), folder / f"{year}.parquet")
        rows = [["Country", "Unit", *names], [f"C{year}", "UNIT", *["2"] * len(names)]]
        (folder / f"{year}.csv").write_text("".join(f"{';'.join(row)}\n" for row in rows))
    handed = context(warehouse_db, tmp_path)
    expected = {
        "parquet": (10, {"columns": 4, "records": 10}, [("A2024", 2024), ("A2025", 2024),
                    ("A2025", 2025), ("A2025", 2026), ("B", 2024), ("B", 2025), ("B", 2026)]),
        "csv": (5, {"columns": 4, "records": 5},
                [("C2024", 2024), ("C2025", 2024), ("C2025", 2025), ("C2025", 2026)]),
    }  # fmt: skip
    for kind, (rows_in, noted, found) in expected.items():
        path = f"include/data/cinema/*.{kind}"
        source = FileSource(
            type="file", format=kind, path=path, unpivot=UNPIVOT, union_by_name=True
        )
        step = LandStep(table=FILMS, source=source)
        landed = run_step(step, replace(handed, task_id="films.land"))
        assert read_manifest(str(landed.reference)).notes["unpivot"] == noted
        result = run_step(CLEAN, replace(handed, task_id="films.clean"))
        assert (result.rows_in, result.rows_quarantined) == (rows_in, 0)
        asked = f"SELECT country, year FROM {result.reference} ORDER BY 1, 2"
        assert query(warehouse_db, asked) == found


def test_a_column_of_parquet_has_one_type_in_all_files(warehouse_db: str, tmp_path: Path) -> None:
    folder = tmp_path / "include/data/cinema"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"id": [1]}), folder / "a.parquet")
    pq.write_table(pa.table({"id": ["1"], "x": [1]}), folder / "b.parquet")
    source = FileSource(
        type="file", format="parquet", path="include/data/cinema/*.parquet", union_by_name=True
    )
    handed = replace(context(warehouse_db, tmp_path), task_id="films.land")
    with pytest.raises(SourceRefused, match=r"its column 'id' is VARCHAR; in .* it is BIGINT"):
        run_step(LandStep(table=FILMS, source=source), handed)


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
