"""`explain` as an author asks it: a code, all of them, one of the policy, one that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cli.__main__ import main
from medallion.spec.explained.codes import meanings


def test_a_code_is_explained_with_its_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "[primary-key-not-nullable]"]) == 0
    assert capsys.readouterr().out == (
        "primary-key-not-nullable\n"
        "  A row without its key cannot be distinguished from another: key columns are not "
        "nullable.\n"
        "\n"
        "  Wrong:\n"
        "\n"
        "    datasets:\n"
        "      orders:\n"
        "        silver:\n"
        "          columns:\n"
        "            day: {type: date, nullable: true}\n"
        "\n"
        "    ✗ day is in the primary key and cannot be nullable\n"
        "    → remove nullable: a row without a key goes to quarantine\n"
        "\n"
        "  Right:\n"
        "\n"
        "    datasets:\n"
        "      orders:\n"
        "        silver:\n"
        "          columns:\n"
        "            day: {type: date}\n"
    )


def test_every_code_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    codes = [line for line in lines if not line.startswith(" ")]
    assert [code for code in codes if not code.startswith("policy/")] == list(meanings())
    assert "policy/gold-owner" in codes


def test_a_rule_of_the_policy_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/policy.yaml").write_text(
        "rules:\n"
        "  two-checks:\n"
        "    description: One is none.\n"
        "    severity: warning\n"
        "    require: {checks: {at_least: 2}}\n"
        "    remedy: ask the desk\n"
        "    exemptions:\n"
        "      - {table: gold_shop.days, reason: it is a view, expires: 2199-12-31}\n"
    )
    assert main(["explain", "policy/two-checks", "--root", str(tmp_path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("policy/two-checks (warning, specs/policy.yaml) The table's own gate")
    assert said.endswith(
        "Here: at_least: 2. One is none. → ask the desk "
        "gold_shop.days is exempted until 2199-12-31: it is a view"
    )


def test_a_code_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "primary-key-nullable"]) == 1
    assert "did you mean primary-key-not-nullable?" in capsys.readouterr().err


def test_a_policy_that_is_partly_broken_is_explained_as_far_as_it_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "specs").mkdir()
    policy, root = tmp_path / "specs/policy.yaml", ["--root", str(tmp_path)]
    ended = "{table: gold_shop.days, reason: until the move, expires: 2020-01-31}"
    rules = f"rules: {{owned: {{require: owner, exemptions: [{ended}]}}, wrong: 5}}\n"
    policy.write_text(f"{rules}description: x\n")
    assert main(["explain", "policy/owned", *root]) == 0
    assert "gold_shop.days was exempted until 2020-01-31" in capsys.readouterr().out
    assert main(["explain", "policy/ownd", *root]) == 1
    assert "did you mean policy/owned?" in capsys.readouterr().err
    assert main(["explain", "policy/replaced-tables", *root]) == 1
    assert "known here: policy/owned" in capsys.readouterr().err
    policy.write_text('rules: {owned: {require: owner, description: "\\e[31m"}}\n')
    assert main(["explain", "policy/\x1b[31m", *root]) == 1
    shown = capsys.readouterr().err
    assert "specs/policy.yaml holds no rule that can be read" in shown
    assert "\x1b" not in shown
