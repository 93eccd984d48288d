"""A column gets another name: every place that means it, no other one, and gold keeps its names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.workbench.test_preview import FILES

from medallion.authoring.drafts import DraftProject
from medallion.authoring.files import is_test_file, list_test_files, plain_text, read_test_file
from medallion.authoring.rename import (
    CannotRename,
    Renaming,
    apply,
    column_at,
    read_column_at,
    rename_column,
)
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
        text = read_test_file(root, path) if is_test_file(path) else plain_text(root, path)
        return text.split("\n")

    side = drafts.look({})
    at = next(n for n, text in enumerate(lines(SPEC)) if text.strip().startswith(f"{column}: {{"))
    found = column_at(SPEC, at, lines(SPEC)[at].index(column) + 1, side, lines)
    assert found is not None
    table, old = found
    asked = Renaming(
        side=side, table=table, old=old, new=new,
        lines_of=lines, look=drafts.look, guard=share_guard(), tests=tuple(list_test_files(root)),
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


TESTS = """\
pipeline: sales
tests:
  a_day:
    given:
      orders: {rows: [{id: 1, amount: "2.50"}]}
      silver_shop.orders: {rows: [{order_id: 1, "amount": 2.5}]}
    expect:
      silver_shop.orders:
        rows:
          - {order_id: 1, amount: 2.5}
        quarantined: [{reason: amount, rows: 1}, {reason: "amount: is empty"}, {reason: the amount}]
      gold_shop.listing: {rows: [{amount: 2.5}]}
"""


def test_unit_tests_and_sql_within_the_spec_take_part(root: Path, drafts: DraftProject) -> None:
    before = plain_text(root, SPEC)
    block = (
        '      filter: |\n        -- the amount\n        "amount" > 1\n          AND amount < 9\n'
    )
    columns = "      columns:\n        twice: {type: double, expression: amount * 2}\n"
    text = before.replace("      columns:\n", block + columns, 1)
    (root / SPEC).write_text(text)
    (root / "specs/shop/tests").mkdir()
    (root / "specs/shop/tests/sales.yaml").write_text(TESTS)
    (root / "specs/shop/tests/broken.yaml").write_text("a: [")
    try:
        texts = renamed(root, drafts, "amount", "price")
    finally:
        (root / SPEC).write_text(before)
    assert '-- the amount\n        "price" > 1\n          AND price < 9\n' in texts[SPEC]
    assert "expression: price * 2" in texts[SPEC]
    assert texts["specs/shop/tests/sales.yaml"] == (
        TESTS.replace('"amount": 2.5', '"price": 2.5')
        .replace("order_id: 1, amount: 2.5", "order_id: 1, price: 2.5")
        .replace("reason: amount,", "reason: price,")
        .replace('"amount: is', '"price: is')
    )


def test_an_order_and_the_rows_of_an_index_take_part(root: Path, drafts: DraftProject) -> None:
    before = plain_text(root, SPEC)
    said = (
        "      deduplicate: {order_by: [amount desc, order_id]}\n"
        '      indexes: [{columns: [amount], where: "amount > 5"}]\n      columns:\n'
    )
    (root / SPEC).write_text(before.replace("      columns:\n", said, 1))
    try:
        texts = renamed(root, drafts, "amount", "price")
    finally:
        (root / SPEC).write_text(before)
    assert said.replace("amount", "price") in texts[SPEC]


TWO = """\
select o.order_id, o.amount as paid, r.order_id as back
from silver_shop.orders o join silver_shop.returns r on o.order_id = r.order_id
"""


def test_in_sql_that_reads_two_such_columns_the_one_that_is_meant(
    root: Path, drafts: DraftProject
) -> None:
    (root / LISTING).write_text(TWO)
    try:
        side = drafts.look({})
        found = [
            read_column_at(LISTING, 0, at, side, lambda path: plain_text(root, path).split("\n"),
                           share_guard())
            for at in (TWO.index("order_id"), TWO.index("r.order_id") + 3, TWO.index("paid"))
        ]  # fmt: skip
    finally:
        (root / LISTING).write_text(SQL)
    assert [one and (str(one[0].table.public), one[1]) for one in found] == [
        ("silver_shop.orders", "order_id"), ("silver_shop.returns", "order_id"), None,
    ]  # fmt: skip


def test_a_column_out_of_a_whole_row_is_not_guessed(root: Path, drafts: DraftProject) -> None:
    (root / LISTING).write_text("select (o).amount as a from silver_shop.orders o")
    try:
        with pytest.raises(CannotRename, match="takes amount out of a whole row"):
            renamed(root, drafts, "amount", "price")
    finally:
        (root / LISTING).write_text(SQL)


def test_what_would_be_wrong_afterwards_is_refused(root: Path, drafts: DraftProject) -> None:
    """The lines of a folded text are not those of the file."""
    before = plain_text(root, SPEC)
    text = before.replace(
        "      columns:", "      filter: >\n        amount >\n        0\n      columns:", 1
    )
    (root / SPEC).write_text(text)
    try:
        with pytest.raises(CannotRename, match="amount in SQL with escapes, or whose lines"):
            renamed(root, drafts, "amount", "price")
    finally:
        (root / SPEC).write_text(before)
