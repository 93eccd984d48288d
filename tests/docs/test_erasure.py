"""docs/erasure.md: its specs run on its files, and its commands do what it says."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.docs.pages import Project, fenced
from tests.steps.staged import query

from medallion.cli import __main__ as cli
from medallion.cli import person
from medallion.operations.surroundings import Surroundings
from medallion.sources.base.source import ConnectionDetails

KEY = "a key of the page, long enough to be one"
CONNECTIONS: Mapping[str, ConnectionDetails] = {
    "pii_default": ConnectionDetails(conn_id="pii_default", password=KEY)
}


@pytest.fixture
def shop(
    project_root: Path, tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> Project:
    page = project_root / "docs/erasure.md"
    project = Project(root=tmp_path, url=warehouse_db, connections=CONNECTIONS)
    project.write("specs/shop/people.yaml", fenced(page)[0])
    project.write("include/sql/shop/spending.sql", fenced(page, "sql")[0])
    customers, payments = fenced(page, "csv")
    project.write("include/data/shop/customers.csv", customers)
    project.write("include/data/shop/payments.csv", payments)
    assert project.problems() == []
    project.run("shop.people")
    surroundings = Surroundings(
        project_root=tmp_path,
        lake_root=str(tmp_path / "lake"),
        warehouse_url=warehouse_db,
        connection=CONNECTIONS.__getitem__,
        log=logging.getLogger("medallion.test"),
    )
    monkeypatch.setattr(person, "stack_surroundings", lambda: surroundings)
    return project


def command(page: Path, words: str) -> list[str]:
    """A command of the page, as the command line gets it."""
    line = next(
        line
        for block in page.read_text(encoding="utf-8").split("```")
        for line in block.splitlines()
        if line.startswith("python -m") and line.endswith(words)
    )
    return line.split()[3:]


def test_the_pages_commands_show_a_person_and_erase_her(
    shop: Project, project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, url = project_root / "docs/erasure.md", shop.url
    out = shop.root / "ada.json"
    export = [*command(page, "ada.json")[:-1], str(out)]
    assert cli.main(export) == 0
    assert out.stat().st_mode & 0o077 == 0
    shown = json.loads(out.read_text())["domains"]["shop"]
    assert shown["identified by"] == {"customer": ["17"], "email": ["ada@example.org"]}
    assert shown["made of it"] == ["gold_shop.spending"]
    assert shown["datasets"]["payments"]["landed"][0]["records"] == [
        {"payment": "1", "customer": "17", "amount": "10.00"}
    ]
    (rows,) = shown["datasets"]["payments"]["rows"].values()
    assert rows[0]["amount"] == "10.00", "as it is stored, with all its digits"
    (rows,) = shown["datasets"]["customers"]["rows"].values()
    assert rows[0]["name"] == "Ada"
    capsys.readouterr()
    assert cli.main(command(page, "ada@example.org")) == 0
    assert "With --apply it is" in capsys.readouterr().out
    assert query(url, "SELECT count(*) FROM silver_shop.customers") == [(2,)]
    shutil.copytree(shop.root / "lake/bronze", shop.root / "backup")
    assert cli.main(command(page, "--by email=ada@example.org --apply")) == 0
    assert "is complete" in capsys.readouterr().out
    assert query(url, "SELECT name, spent FROM gold_shop.spending") == [("Bob", 20)]
    assert query(url, "SELECT done_by FROM medallion.operator_actions LIMIT 1") == [
        ("command line",)
    ]
    # The lake is restored from a backup of before, but for what says who was erased.
    shutil.rmtree(shop.root / "lake/bronze")
    shutil.copytree(shop.root / "backup", shop.root / "lake/bronze")
    assert cli.main(command(page, "--again --apply")) == 0
    assert "would be" not in capsys.readouterr().out
    landed = [one.read_text() for one in (shop.root / "lake/bronze").rglob("*.csv")]
    assert len(landed) == 2
    assert not any("Ada" in text or "17" in text for text in landed)
    assert cli.main(["person", "erase", "--by", "email="]) == 1
    assert cli.main(["person", "erase", "--by", "shoe=43"]) == 1
    assert "there are: customer, email" in capsys.readouterr().err


def test_an_erasure_that_a_guard_has_stopped_is_not_called_complete(
    shop: Project, project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, file = project_root / "docs/erasure.md", shop.root / "specs/shop/people.yaml"
    erase = command(page, "--by email=ada@example.org --apply")
    text = file.read_text()
    unguarded, guard, rest = text.rpartition("    guard: {max_shrink_percent: null}\n")
    file.write_text(unguarded + rest)
    for _ in range(2):
        assert cli.main(erase) == 1
        said = capsys.readouterr().out
        assert "✗ gold_shop.spending could not be built again" in said
        assert "erasure 1 is not complete" in said
        assert cli.main(erase[:-1]) == 0
        said = capsys.readouterr().out
        assert "shop: erasure 1 is not complete" in said
        assert "nothing of this person is left" not in said
        assert query(shop.url, "SELECT count(*) FROM gold_shop.spending") == [(2,)]
    file.write_text(unguarded + guard + rest)
    assert cli.main(erase) == 0
    assert "erasure 1 is complete" in capsys.readouterr().out
    assert query(shop.url, "SELECT name FROM gold_shop.spending") == [("Bob",)]
    assert cli.main(erase[:-1]) == 0
    assert "shop: nothing of this person is left" in capsys.readouterr().out
