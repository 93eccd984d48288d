"""`register`, as docs/governance.md says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.workbench.processing.test_activity import DOMAIN, project

from medallion.cli.__main__ import main

__all__ = ["project"]


def register(root: Path, *words: str) -> int:
    return main(["register", *words, "--root", str(root)])


def test_it_is_printed_or_written(
    project: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert register(tmp_path) == 0
    assert capsys.readouterr().out.startswith("# Register of processing\n")
    file = tmp_path / "register.json"
    assert register(tmp_path, "--format", "json", "--output", str(file)) == 0
    assert capsys.readouterr().out == f"1 pipeline in {file}\n"
    assert [one["name"] for one in json.loads(file.read_text())["activities"]] == ["shop.customers"]
    (tmp_path / "specs/till").mkdir()
    assert register(tmp_path, "--domain", "till") == 0
    assert "No pipeline holds personal data" in capsys.readouterr().out


def test_a_ci_fails_on_what_is_missing(
    project: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert register(tmp_path, "--check") == 0
    assert capsys.readouterr().out == "1 pipeline, nothing is missing\n"
    (tmp_path / DOMAIN).write_text("description: A shop.\n")
    assert register(tmp_path, "--check") == 1
    assert "shop.customers: nobody says the controller; " in capsys.readouterr().out


def test_a_refused_spec_is_not_passed_over(
    project: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "specs/shop/customers.yaml").write_text("nonsense: 1\n")
    assert register(tmp_path, "--check") == 1
    assert "1 file refused" in capsys.readouterr().err


def test_a_domain_that_is_not_there_has_no_empty_register(
    project: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert register(tmp_path, "--domain", "shp") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "there is no domain shp" in said.err and "did you mean shop?" in said.err
