"""What a test gives is read as the spec's source reads its own."""

from __future__ import annotations

from pathlib import Path

from medallion.names import Layer, PublishedTable
from medallion.plan.model import LandStep, PlannedTask
from medallion.sources.file.source import FileSource
from medallion.spec.models.unit_tests import GivenSpec
from medallion.unpivot import UnpivotSpec
from medallion.workbench.spec_tests.given import with_given_source

TABLE = PublishedTable(layer=Layer.SILVER, domain="shop", name="orders")
UNPIVOT = UnpivotSpec(columns=("2026",), name="year", value="sold")


def source(given: GivenSpec, own: FileSource, root: Path) -> FileSource:
    (root / "include/data/shop").mkdir(parents=True, exist_ok=True)
    task = PlannedTask(
        group="orders", name="land", step=LandStep(table=TABLE, source=own), upstream=()
    )
    step = with_given_source(task, given, root, root).step
    assert isinstance(step, LandStep) and isinstance(step.source, FileSource)
    return step.source


def test_rows_and_files_are_read_as_those_of_the_source(tmp_path: Path) -> None:
    wide = FileSource(type="file", path="a.parquet", format="parquet", unpivot=UNPIVOT)
    rows = GivenSpec.model_validate({"rows": [{"id": 1, "2026": 5}]})
    assert source(rows, wide, tmp_path).format == "csv"
    packed = FileSource(type="file", path="*.zip", member="*.csv", only_new=True)
    for name, member in (("a.csv", None), ("a.zip", "*.csv")):
        (tmp_path / name).write_bytes(b"")
        found = source(GivenSpec.model_validate({"file": name}), packed, tmp_path)
        assert (found.path, found.member) == (f"include/data/shop/{name}", member)
        assert not found.only_new
