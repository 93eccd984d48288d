"""A column gets another name: every place that means it, no other one, and gold keeps its names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.workbench.test_preview import FILES

from medallion.authoring.drafts import DraftProject
from medallion.authoring.files import plain_text
from medallion.authoring.rename import CannotRename, Renaming, apply, column_at, rename_column
from medallion.compiler.guard import share_guard

SPEC, LISTING = "specs/shop/sales.yaml", "include/sql/shop/listing.sql"
OTHER = """\
description: What others make of it.
datasets:
  notes:
    source: {type: file, path: include/data/shop/notes.csv}
    silver:
      columns:
        order_id: {type: bigint}
        amount: {type: text}
      checks:
        - foreign_key: {column: order_id, to: silver_shop.orders.order_id}
        - not_null: {column: amount}
"""
SQL = """\
-- amount of each
select o.order_id, amount, round(o.amount, 1) as rounded, 'amount' as word
from silver_shop.orders o
where "amount" > 1 and o.order_id in (select order_id from silver_shop.returns)
order by o.amount
"""
MORE = "  listing:\n    sql: listing.sql\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    files = {**FILES, SPEC: FILES[SPEC] + MORE, LISTING: SQL, "specs/shop/notes.yaml": OTHER}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def drafts(root: Path) -> Iterator[DraftProject]:
    made = DraftProject(root)
    yield made
    made.close()


def renamed(root: Path, drafts: DraftProject, column: str, new: str) -> dict[str, str]:
    """The texts of all files that would change; a column is searched by its key in the spec."""

    def lines(path: str) -> list[str]:
        return plain_text(root, path).split("\n")

    side = drafts.look({})
    at = next(n for n, text in enumerate(lines(SPEC)) if text.strip().startswith(f"{column}: {{"))
    found = column_at(SPEC, at, lines(SPEC)[at].index(column) + 1, side, lines)
    assert found is not None
    table, old = found
    asked = Renaming(
        side=side, table=table, old=old, new=new,
        lines_of=lines, look=drafts.look, guard=share_guard(),
    )  # fmt: skip
    edits = rename_column(asked)
    return apply({one.path: lines(one.path) for one in edits}, edits)


def test_a_column_is_renamed_wherever_it_is_meant(root: Path, drafts: DraftProject) -> None:
    texts = renamed(root, drafts, "amount", "price")
    spec = FILES[SPEC] + MORE
    assert texts == {
        SPEC: spec.replace('amount: {type: "dec', 'price: {from: amount, type: "dec').replace(
            "between: {column: amount", "between: {column: price"
        ),
        LISTING: SQL.replace(", amount,", ", price AS amount,")
        .replace("round(o.amount", "round(o.price")
        .replace('"amount" >', "price >")
        .replace("order by o.amount", "order by o.price"),
        "include/sql/shop/totals.sql": "select sum(price) as total from silver_shop.orders\n",
    }


def test_a_key_is_renamed_in_other_specs_too(root: Path, drafts: DraftProject) -> None:
    texts = renamed(root, drafts, "order_id", "number")
    assert "number: {from: id, type: bigint}" in texts[SPEC]
    assert "primary_key: [number]" in texts[SPEC]
    assert "foreign_key: {column: order_id, to: silver_shop.orders.number}" in texts[SPEC]
    assert texts["specs/shop/notes.yaml"] == OTHER.replace("orders.order_id", "orders.number")
    assert "select o.number AS order_id, amount" in texts[LISTING]
    assert "o.number in (select order_id from silver_shop.returns)" in texts[LISTING]


@pytest.mark.parametrize("new", ["Price", "buyer", "a b", "x; drop table y", "", "a" * 64])
def test_a_name_that_is_none_is_refused(root: Path, drafts: DraftProject, new: str) -> None:
    with pytest.raises(CannotRename, match="cannot be a column"):
        renamed(root, drafts, "amount", new)


def test_what_would_be_wrong_afterwards_is_refused(root: Path, drafts: DraftProject) -> None:
    """A filter is SQL in a text, which is left to its author."""
    before = plain_text(root, SPEC)
    text = before.replace("      columns:", "      filter: amount > 0\n      columns:", 1)
    (root / SPEC).write_text(text)
    try:
        with pytest.raises(CannotRename, match="amount cannot be renamed to price"):
            renamed(root, drafts, "amount", "price")
    finally:
        (root / SPEC).write_text(before)
