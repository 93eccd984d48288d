"""`contract export | import | diff`, as docs/contracts.md says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.docs.pages import fenced
from tests.workbench.contracts.shop import TABLES, edit, write_shop

from medallion.cli.__main__ import main

SPEC = "specs/shop/sales.yaml"
ORDERS = "contracts/silver_shop.orders.odcs.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_shop(tmp_path).root


def export(root: Path, *words: str) -> int:
    return main(["contract", "export", "--offline", "--root", str(root), *words])


def test_the_example_of_the_page(
    root: Path, project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(root) == 0
    assert capsys.readouterr().out == "".join(f"{table}: version 1.0.0, new\n" for table in TABLES)
    assert export(root, "--check") == 0
    assert capsys.readouterr().out == f"3 contracts in {root / 'contracts'} as the specs are\n"
    edit(
        root,
        SPEC,
        "        amount: {",
        "        till: {type: text, nullable: true}\n        amount: {",
    )
    edit(root, SPEC, "values: [EUR, USD]}", "values: [EUR, USD, CHF]}")
    edit(root, SPEC, "One row per order.", "One row per order of a shop.")
    assert export(root, "--check") == 1
    assert "silver_shop.orders: would be version 2.0.0" in capsys.readouterr().out
    assert export(root) == 0
    (page,) = fenced(project_root / "docs" / "contracts.md", "text")
    assert capsys.readouterr().out == page
    assert export(root, "--check") == 0


def test_some_tables_are_printed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(root, "--print", "gold_shop.days", "silver_shop.orders") == 0
    printed = capsys.readouterr().out
    assert printed.count("kind: DataContract") == 2
    assert "---\nkind: DataContract" in printed
    assert not (root / "contracts").exists()


def test_a_table_that_nobody_publishes_is_named_with_the_nearest(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(root, "gold_shop.day") == 1
    assert "did you mean gold_shop.days?" in capsys.readouterr().err
    assert export(root, "--server", "u:secret@db:5432/x") == 1
    said = capsys.readouterr().err
    assert "host:port/database" in said
    assert "secret" not in said


def test_a_contract_whose_table_is_gone_is_named(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(root)
    edit(root, SPEC, "  days:\n", "  weeks:\n")
    capsys.readouterr()
    assert export(root, "--check") == 1
    printed = capsys.readouterr().out
    assert "! gold_shop.days.odcs.yaml: no valid spec publishes its table" in printed
    assert "gold_shop.weeks: has no contract yet" in printed


def test_a_contract_is_compared_with_the_table_as_it_is_now(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(root)
    said = [str(root / ORDERS), "--offline", "--root", str(root)]
    capsys.readouterr()
    assert main(["contract", "diff", *said]) == 0
    assert capsys.readouterr().out == "Both promise the same.\n"
    edit(root, SPEC, "error_after: 2d", "error_after: 3d")
    assert main(["contract", "diff", *said]) == 1
    assert capsys.readouterr().out == "breaking: service level error_after 2d → 3d\n"
    assert main(["contract", "diff", *said, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["breaking"], document["counts"]["breaking"]) == (True, 1)


def test_somebody_else_s_contract_is_compared_with_a_table(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = root / "theirs.yaml"
    theirs.write_text(
        "kind: DataContract\napiVersion: v3.0.2\nid: 1f2e\nversion: '1'\nstatus: active\n"
        "schema:\n- name: orders\n  properties:\n  - {name: order_id, logicalType: integer}\n"
        "  - {name: shipped_at, logicalType: timestamp}\n"
    )
    said = ["contract", "diff", str(theirs), "--offline", "--root", str(root)]
    assert main(said) == 1
    assert "--table" in capsys.readouterr().err
    assert main([*said, "--table", "silver_shop.orders"]) == 1
    assert "breaking: orders.shipped_at is removed" in capsys.readouterr().out


THEIRS = """\
kind: DataContract
apiVersion: v3.0.2
id: 1f2e
name: sales
version: '1'
status: active
price: {priceAmount: 1}
schema:
- name: orders
  properties:
  - {name: order_id, logicalType: integer, primaryKey: true, required: true}
  - {name: amount, logicalType: number, required: true}
  - name: currency
    physicalType: VARCHAR(3)
    required: true
    quality: [{metric: invalidValues, arguments: {validValues: [EUR, USD]}, mustBe: 0}]
  - {name: tags, logicalType: array, items: {logicalType: string}}
  - {name: note}
slaProperties: [{property: latency, value: 2, unit: d}]
"""


def check(root: Path, name: str, *words: str) -> int:
    said = ["contract", "import", name, str(root / "theirs.yaml"), "--check", "--offline"]
    return main([*said, *words, "--root", str(root)])


def test_a_contract_in_words_of_its_own_is_kept_or_not(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "theirs.yaml").write_text(THEIRS)
    before = sorted((root / "specs").rglob("*"))
    assert check(root, "shop/sales") == 0, capsys.readouterr()
    shown = capsys.readouterr().out
    assert "silver_shop.orders: keeps what the contract promises\n" in shown
    assert "not judged: price: a fact of the contract for people" in shown
    assert sorted((root / "specs").rglob("*")) == before
    missing = "  - {name: shipped_at, logicalType: timestamp}\nslaProperties"
    stricter = THEIRS.replace("slaProperties", missing).replace("value: 2,", "value: 1,")
    stricter = stricter.replace("{name: note}", "{name: note, required: true}")
    (root / "theirs.yaml").write_text(stricter.replace("logicalType: number", "logicalType: date"))
    assert check(root, "shop/sales") == 1
    shown = capsys.readouterr().out
    for expected in (
        "breaking: orders.shipped_at is removed",
        "breaking: orders.note may be NULL now",
        "breaking: orders.amount has another type: date → number",
        "breaking: service level error_after 1d → 2d",
    ):
        assert f"  {expected}\n" in shown
    assert shown.count("breaking") == 4, shown


def test_an_object_that_no_spec_publishes_is_not_kept(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "theirs.yaml").write_text(THEIRS.replace("- name: orders", "- name: Receipts"))
    assert check(root, "shop") == 1
    assert (
        "silver_shop.receipts:\n  breaking: it is published by no valid spec"
        in capsys.readouterr().out
    )
    assert check(root, "shop", "--table", "silver_shop.orders") == 0
    assert check(root, "shop", "--table", "silver_shop.order") == 1
    assert "did you mean silver_shop.orders?" in capsys.readouterr().err
    assert check(root, "Shop!") == 1
    assert "is neither <domain>/<pipeline> nor <domain>" in capsys.readouterr().err


def test_what_export_has_written_is_kept_and_starts_the_same_spec(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(root)
    for table in TABLES:
        (root / "theirs.yaml").write_text((root / f"contracts/{table}.odcs.yaml").read_text())
        assert check(root, "shop/sales") == 0, capsys.readouterr()
    other = tmp_path / "other"
    (other / "specs").mkdir(parents=True)
    said = ["contract", "import", "shop/sales", str(root / ORDERS), "--root", str(other)]
    assert main(said) == 0, capsys.readouterr()
    assert "order_id:" in (other / "specs/shop/sales.yaml").read_text()
    assert main(said) == 1
    assert "specs/shop/sales.yaml is there already" in capsys.readouterr().err
