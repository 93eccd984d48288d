"""`init`: a project in a folder of DAGs, which Airflow and `validate` take as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medallion.cli.__main__ import main
from medallion.cli.init import SAMPLES
from medallion.roots import PROJECT_ROOT


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_project_is_valid(
    tmp_path: Path, sample: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path), "--sample", sample]) == 0
    said = capsys.readouterr().out
    assert f"  + specs/{sample}/domain.yaml\n" in said
    assert f"medallion validate --root {tmp_path}\n" in said
    assert main(["validate", "--root", str(tmp_path)]) == 0
    data = PROJECT_ROOT / "include" / "data" / sample
    assert {one.name for one in (tmp_path / "include" / "data" / sample).iterdir()} == {
        one.name for one in data.iterdir()
    }


def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = tmp_path / "medallion_pipelines.py"
    ours.write_text("# changed\n")
    assert main(["init", str(tmp_path)]) == 0
    assert "medallion_pipelines" not in capsys.readouterr().out.partition("written")[0]
    assert ours.read_text() == "# changed\n"
    assert main(["init", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path} has them all.\n")


def test_the_dag_files_are_those_of_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for what they say of themselves."""
    assert main(["init", str(tmp_path)]) == 0
    for path in (PROJECT_ROOT / "dags").glob("*.py"):
        code = path.read_text().rpartition('"""')[2]
        assert (tmp_path / path.name).read_text().rpartition('"""')[2] == code
    capsys.readouterr()
    assert main(["init", "--print"]) == 0
    assert capsys.readouterr().out == (tmp_path / "medallion_pipelines.py").read_text()


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    assert main(["init", str(tmp_path / "taken")]) == 1
    assert f"{tmp_path / 'taken'}{os.sep}" in capsys.readouterr().err
