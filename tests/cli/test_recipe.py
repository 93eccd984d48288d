"""The command on recipes: what it prints and writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cli.__main__ import main

WORDS = ("--set", "owner=apache", "--set", "repository=airflow")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    return tmp_path


def use(root: Path, *words: str, name: str = "shop/github") -> int:
    return main(["recipe", "use", "github", name, *words, "--root", str(root)])


def test_the_recipes_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "list"]) == 0
    assert "sharepoint_list" in capsys.readouterr().out
    assert main(["recipe", "show", "github"]) == 0
    shown = capsys.readouterr().out
    assert "# ${owner}: whom the repository belongs to, as apache" in shown
    assert "path: repos/${owner}/${repository}/issues" in shown


def test_a_recipe_is_written_once_and_says_what_comes_next(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert use(root, *WORDS) == 0
    said = capsys.readouterr().out
    assert "airflow connections add github_api --conn-type http" in said
    assert "python -m medallion.cli preview shop.github" in said
    written = (root / "specs/shop/github.yaml").read_text()
    assert "path: repos/apache/airflow/issues" in written
    assert (root / "specs/shop/domain.yaml").exists()
    (root / "specs/shop/github.yaml").write_text("mine")
    assert use(root, *WORDS) == 1
    assert "is there already" in capsys.readouterr().err
    assert (root / "specs/shop/github.yaml").read_text() == "mine"


def test_it_is_only_printed_on_demand(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert use(root, *WORDS, "--print") == 0
    assert "repos/apache/airflow/issues" in capsys.readouterr().out
    assert list((root / "specs").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "name", "said"),
    [
        (WORDS[:2], "shop/github", "github needs repository"),
        (("--set", "owner"), "shop/github", "there is no ="),
        ((*WORDS, "--set", "owner=b"), "shop/github", "it is set twice"),
        (WORDS, "shop", "names no pipeline"),
        (WORDS, "Shop/x", "neither <domain>/<pipeline>"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(
    root: Path, words: tuple[str, ...], name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert use(root, *words, name=name) == 1
    assert said in capsys.readouterr().err
    assert list((root / "specs").iterdir()) == []


def test_a_table_that_another_spec_publishes_is_said(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert use(root, *WORDS) == 0
    assert use(root, *WORDS, name="shop/again") == 1
    assert "silver_shop.issues" in capsys.readouterr().err
