"""`check` as people and CI run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.workbench.comparison.cases import EDITS
from tests.workbench.comparison.repository import edited, git, make_repository

from medallion.cli.__main__ import main


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_repository(tmp_path_factory.mktemp("repository") / "project")


def test_nothing_has_changed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--base", "main", "--root", str(repository)]) == 0
    base = git(repository, "rev-parse", "HEAD")[:10]
    assert capsys.readouterr().out == f"no change since {base}; 7 of 7 specs are the same.\n"


def test_something_breaks(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["check", "--base", "HEAD", "--root", str(repository)]
    file = tmp_path / "summary.md"
    with edited(repository, *EDITS["another unit"]):
        assert main(asked) == 1
        shown = capsys.readouterr().out
        assert shown.endswith("1 breaking since " + shown.rpartition("since ")[2])
        assert main([*asked, "--allow-breaking", "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["breaking"] is True
        assert main([*asked, "--format", "markdown", "--output", str(file)]) == 1
        assert capsys.readouterr().out == shown, "the log has the text"
    assert file.read_text().startswith("<!-- medallion check -->\n### ❌")


def test_it_cannot_be_compared(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--base", "no-such", "--root", str(repository)]) == 2
    assert capsys.readouterr().err == (
        "✗ there is no commit no-such here\n  → fetch it first: git fetch origin\n"
    )


def test_the_lineage_of_a_column(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(repository)]
    assert main(["lineage", "silver_cinema.movies", "--column", "overview", *root]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "silver_cinema.movies.overview is made of",
        "tmdb discover/movie: overview field of silver_cinema.movies.overview "
        "specs/cinema/box_office.yaml:56",
        "silver_cinema.movies.overview is used by",
        "gold table gold_press.films names overview; its summary is made of it "
        "include/sql/press/films.sql:4 press-team <press@example.org>",
        "gold table gold_press.shelf names summary of gold_press.films "
        "include/sql/press/shelf.sql:2 press-team <press@example.org>",
        "exposure application programme reads gold_press.films specs/press/films.yaml:7 "
        "programme-team https://programme.example.org/",
    ]
    asked = ["lineage", "gold_press.films", "--column", "summary", "--upstream", *root]
    assert main([*asked, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "downstream" not in document
    assert [one["name"] for one in document["upstream"]] == [
        "silver_cinema.movies.overview",
        "tmdb discover/movie: overview",
    ]


def test_the_lineage_of_a_table(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["lineage", "gold_press.films", "--format", "json", "--root", str(repository)]
    assert main(asked) == 0
    document = json.loads(capsys.readouterr().out)
    assert next(one["name"] for one in document["upstream"]) == "silver_cinema.movies"
    assert [f"{one['kind']} {one['name']}" for one in document["downstream"]] == [
        "gold table gold_press.shelf",
        "exposure application programme",
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["gold_press.film"], "did you mean gold_press.films?"),
        (["gold_press.films", "--column", "sumary"], "did you mean summary?"),
    ],
)
def test_a_name_that_is_not_there(
    asked: list[str], said: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lineage", *asked, "--root", str(repository)]) == 1
    assert said in capsys.readouterr().err
