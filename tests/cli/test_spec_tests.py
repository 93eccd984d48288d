"""`test` as its user runs it: the shipped domains' tests, JUnit XML, and the exit codes."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from medallion.cli.__main__ import main
from medallion.local.postgres import EmbeddedPostgres


@pytest.fixture
def project(project_root: Path, tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Path:
    """The shipped specs and SQL, on the tests' server."""
    for name in ("specs", "include"):
        shutil.copytree(project_root / name, tmp_path / name)
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return tmp_path


def test_the_shipped_domains_pass_their_own_tests(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    xml = project / "junit.xml"
    words = ["test", "--root", str(project), "--jobs", "1", "--junit", str(xml)]
    assert main(words) == 0, capsys.readouterr().out
    shown = capsys.readouterr().out
    assert "✓ specs/cinema/tests/box_office.yaml::a_brand_meets_the_film" in shown
    assert "4 of 4 passed" in shown
    suites = ElementTree.fromstring(xml.read_text(encoding="utf-8"))  # noqa: S314  # our own
    assert [suite.get("failures") for suite in suites] == ["0", "0", "0"]


def test_a_test_that_is_not_there_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", "--root", str(project), "-k", "no_such_test"]) == 1
    assert "there is no such test" in capsys.readouterr().err


def test_a_pipeline_names_its_tests(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["test", "--root", str(project), "-k", "a_brand_meets_the_film"]
    assert main([*asked, "cinema.box_office"]) == 0
    assert "1 of 1 passed" in capsys.readouterr().out
    assert main([*asked, "cinema.box_ofice"]) == 1
    assert "did you mean cinema.box_office?" in capsys.readouterr().err
    assert main([*asked, "shop.orders"]) == 1
    assert "specs/shop/tests/<name>.yaml" in capsys.readouterr().err
