"""`new`, unaided, on each file of a folder of one's own: real data that no repository can hold.

    MEDALLION_NEW_ON=/data/of/mine pytest -n0 tests/cli/test_new_on_folder.py

Each file is copied into a project, inferred, previewed and published; what was published is
compared with what the standard library reads. What was taken for personal data is shown, for
somebody to judge. Files whose names end in .sql are dumps of PostgreSQL: their tables are loaded
into a database, inferred and previewed, and their rows counted.
"""
# ruff: noqa: T201  # its report is for the person who runs it

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.cli.independent import find_differences, read_dataset, read_records
from tests.docs.pages import Project

from medallion.cli.__main__ import main
from medallion.local.postgres import EmbeddedPostgres
from medallion.sources.formats.table import format_of_name

FOLDER = os.environ.get("MEDALLION_NEW_ON", "")
FILES = sorted(path for path in Path(FOLDER).rglob("*") if path.is_file()) if FOLDER else []
DATA = [path for path in FILES if format_of_name(path.name) or path.suffix == ".json"]
COMPARED = (".csv", ".tsv", ".json", ".jsonl", ".xlsx", ".parquet", ".xml")

pytestmark = pytest.mark.skipif(not FOLDER, reason="MEDALLION_NEW_ON names no folder")


@pytest.fixture
def project(warehouse_db: str, tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Project:
    (tmp_path / "specs").mkdir()
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return Project(root=tmp_path, url=warehouse_db)


@pytest.mark.parametrize("file", DATA, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_file_is_published_as_it_is(
    project: Project, capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    path = f"include/data/own/a{file.suffix}"
    (project.root / "include/data/own").mkdir(parents=True)
    shutil.copy(file, project.root / path)
    began = time.monotonic()
    environ = {"MEDALLION_WAREHOUSE_URL": project.url}
    with patch.dict(os.environ, environ):
        code = main(["new", "own/a", path, "--root", str(project.root)])
    shown = capsys.readouterr()
    seconds = time.monotonic() - began
    if "there is no record" in shown.err:
        pytest.skip("it has no record")
    assert code == 0, shown
    written = project.root / "specs/own/a.yaml"
    dataset = read_dataset(written, "a")
    with capsys.disabled():
        print(f"\n{file.name}: {seconds:.1f} s, {personal_of(dataset)}")
    assert "ot be published" not in shown.out, shown.out
    project.run("own.a")
    if file.suffix in COMPARED:
        records = read_records(project.root / path, dataset["source"])
        assert list(find_differences(dataset, records, project.url, "silver_own.a")) == []


def personal_of(dataset: dict[str, object]) -> str:
    columns = dataset["silver"]["columns"]  # type: ignore[index]
    found = [f"{name}={said['classification']['pii']}" for name, said in columns.items()
             if "classification" in said]  # fmt: skip
    return f"personal: {', '.join(found) or 'none'}"
