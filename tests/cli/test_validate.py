"""`validate` as people and CI run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cli.__main__ import VERBS, main


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A project with one valid spec and two broken ones."""
    shop = tmp_path / "specs" / "shop"
    shop.mkdir(parents=True)
    source = "{type: file, path: include/data/shop/a.csv}"
    dataset = f"{{source: {source}, silver: {{columns: {{day: {{type: date}}}}}}}}"
    (shop / "good.yaml").write_text(f"description: x\ndatasets: {{a: {dataset}}}\n")
    (shop / "bad.yaml").write_text("descripton: x\n")
    (shop / "worse.yaml").write_text("a: [\n")
    data = tmp_path / "include" / "data" / "shop"
    data.mkdir(parents=True)
    (data / "a.csv").write_text("day\n2026-01-01\n")
    return tmp_path


def test_every_spec_of_the_project_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate"]) == 0
    assert capsys.readouterr().out.endswith("valid.\n")


def test_all_problems_of_all_specs_at_once(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "--root", str(broken)]) == 1
    out = capsys.readouterr().out
    assert "descripton: x" in out
    assert "^" in out
    assert out.endswith("\n2 problems in 2 files. 1 spec valid.\n")


def test_a_file_that_is_not_there_is_a_warning(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = broken / "specs" / "shop" / "good.yaml"
    by_the_day = good.read_text().replace("a.csv", "a-:data_interval_start_date.csv")
    (good.parent / "daily.yaml").write_text(by_the_day.replace("{a:", "{b:"))
    (broken / "include" / "data" / "shop" / "a.csv").unlink()
    asked = ["validate", "--root", str(broken), str(good), str(good.parent / "daily.yaml")]
    assert main(asked) == 0
    out = capsys.readouterr().out
    assert "warning: there is no file include/data/shop/a.csv now" in out
    assert out.endswith("\n\n1 warning. 2 specs valid.\n")
    assert main([*asked, "--ci"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("specs/shop/good.yaml:2:43: warning: [missing-file] datasets.a.source.")


def test_a_folder_is_not_a_file(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = broken / "specs" / "shop" / "good.yaml"
    good.write_text(good.read_text().replace("/a.csv", "/"))
    assert main(["validate", "--root", str(broken), str(good)]) == 0
    out = capsys.readouterr().out
    assert "warning: include/data/shop/ is a folder now" in out
    assert "name its files: include/data/shop/*.csv" in out


def test_one_line_a_problem_for_ci(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--ci", "--root", str(broken)]) == 1
    *lines, blank, summary = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "specs/shop/bad.yaml:1:1",
        "specs/shop/worse.yaml:2:1",
    ]
    assert blank == ""
    assert summary == "2 problems in 2 files. 1 spec valid."


def test_only_the_named_specs(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(broken)]
    assert main(["validate", *root, str(broken / "specs" / "shop" / "good.yaml")]) == 0
    assert main(["validate", *root, str(broken / "specs" / "shop" / "bad.yaml")]) == 1
    assert main(["validate", *root, str(broken / "specs")]) == 1
    assert "2 problems" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["specs/gone.yaml"], ["/etc/hostname"], ["--root", "/gone"]])
def test_what_cannot_be_checked_is_not_called_valid(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", *words]) == 1
    assert "✗" in capsys.readouterr().err


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in VERBS)
