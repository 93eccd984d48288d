"""A spec whose file has drifted: the diff names what came, went and changed, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cli.__main__ import main

SPEC = """\
description: Orders.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver:
      primary_key: [id]
      columns:
        id: {type: integer}  # the shop's own
        price:
          from: Price
          type: integer
          description: In euros.
        old: {type: text, nullable: true}
        twice: {type: integer, expression: id * 2}
      checks:
        - unique: {column: id}
"""
FILE = "id,Price,Colour\n1,2.5,red\n2,3,blue\n"
DIFF = """\
--- specs/shop/orders.yaml
+++ specs/shop/orders.yaml
@@ -8,11 +8,11 @@
       primary_key: [id]
       columns:
         id: {type: integer}  # the shop's own
-        price:
-          from: Price
-          type: integer
-          description: In euros.
+        # guess: records that it did not read: 1, with '2.5'
+        price: {from: Price, description: In euros., type: "decimal(18,2)"}
+        # guess: old has gone: `optional: true`, or a second name in `from`?
         old: {type: text, nullable: true}
         twice: {type: integer, expression: id * 2}
+        colour: {from: Colour, type: text, nullable: true}
       checks:
         - unique: {column: id}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in (("specs/shop/orders.yaml", SPEC), ("include/data/shop/orders.csv", FILE)):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_drifted_file_is_a_diff(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["new", "shop/orders", "--root", str(project)]
    assert main([*words, "--update"]) == 1
    assert capsys.readouterr().out == DIFF
    assert (project / "specs/shop/orders.yaml").read_text(encoding="utf-8") == SPEC


def test_what_is_applied_is_valid_and_proposed_once(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", "shop/orders", "--root", str(project)]
    (project / "include/data/shop/orders.csv").write_text(FILE.replace("Colour", "old"))
    assert main([*words, "--write"]) == 1
    capsys.readouterr()
    assert main([*words, "--update"]) == 0
    assert capsys.readouterr().out == "specs/shop/orders.yaml says what its files hold\n"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("shop/none", "specs/shop/none.yaml is not a valid spec"),
        ("shop/orders", "is not a valid spec: "),
    ],
)
def test_only_a_valid_spec_is_updated(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, problem: str
) -> None:
    (project / "specs/shop/orders.yaml").write_text(SPEC.replace("integer}", "number}"))
    assert main(["new", name, "--update", "--root", str(project)]) == 1
    assert problem in capsys.readouterr().err
