"""docs/policy.md: its policy is a policy, its specs are judged as it says, its words are there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from tests.docs.pages import fenced
from tests.spec.test_schema import as_an_editor_sees_it

from medallion.cli.__main__ import main
from medallion.spec.models.policy import PolicyRule
from medallion.spec.policy.judge import sample_for
from medallion.spec.yaml.loader import read_yaml


@pytest.fixture(scope="module")
def page(project_root: Path) -> Path:
    return project_root / "docs" / "policy.md"


def test_the_example_is_judged_as_the_page_says(
    page: Path, project_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, spec, domain = fenced(page)
    files = {
        "specs/policy.yaml": policy,
        "specs/shop/sales.yaml": spec.partition("\n")[2],
        "specs/shop/domain.yaml": domain.partition("\n")[2],
        "include/sql/shop/days.sql": "select day from silver_shop.orders",
        "include/data/shop/orders.csv": "day,paid_eur\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert main(["validate", "--ci", "--root", str(tmp_path)]) == 1
    said = capsys.readouterr().out.partition("\n\n")
    assert said[0] + "\n" == fenced(page, "text")[0]
    assert said[2] == "2 warnings. 2 problems in 1 file. 0 specs valid.\n"
    schema = json.loads((project_root / "specs" / "policy.schema.json").read_text())
    for text in (policy, (project_root / "specs/policy.yaml").read_text()):
        jsonschema.validate(as_an_editor_sees_it(read_yaml(text.encode())), schema)


def test_the_page_lists_what_an_expression_can_name(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rows = re.findall(r"^\| .*`(?:table\.)?(\w+)` \| (.*) \|$", text, re.MULTILINE)
    listed = {name: re.findall(r"`(\w+)`", cells) for name, cells in rows}
    sample = sample_for(PolicyRule(expression="true", message="x", for_each="column"))
    table = sample["table"]
    assert listed["table"] == list(table)
    assert listed["column"] == list(sample["column"]) == list(table["columns"][0])
    assert listed["checks"] == list(table["checks"][0])
    assert [listed[name] for name in ("pipeline", "domain")] == [
        list(sample["pipeline"]), list(sample["domain"]),
    ]  # fmt: skip
