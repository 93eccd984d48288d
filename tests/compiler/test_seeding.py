"""A copy of a project takes over what another one has compiled, where all of it is the same."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.compiler.projects import broken_guard, write

from medallion.compiler.guard import share_guard
from medallion.compiler.seeding import seed
from medallion.compiler.survey import Survey
from medallion.compiler.uses import Reading, ask_uses
from medallion.names import TableName
from medallion.sql.result_columns import TableColumn
from medallion.sql.scope import Columns

GOLD = "description: x\ngold:\n  totals: {sql: totals.sql}\n"
SQL = "select count(*) as n from silver_shop.orders\nwhere number > 1"


def project(root: Path) -> Path:
    write(root, "orders")
    (root / "specs/shop/totals.yaml").write_text(GOLD)
    (root / "include/sql/shop").mkdir(parents=True)
    (root / "include/sql/shop/totals.sql").write_text(SQL)
    return root


def test_only_what_is_the_same_is_taken_over(tmp_path: Path) -> None:
    one = project(tmp_path / "one")
    survey = Survey(one, share_guard())
    survey.compile(until=0)
    other = shutil.copytree(one, tmp_path / "other", ignore=shutil.ignore_patterns(".medallion"))
    (other / "include/sql/shop/totals.sql").write_text(SQL.replace("> 1", "> 2"))
    store = tmp_path / "store"
    assert seed(survey, Survey(other, broken_guard(), store)) == 2
    found = Survey(other, broken_guard(), store)  # which can compile nothing by itself
    assert {one.path: one.valid for one in found.specs} == {
        "specs/shop/orders.yaml": True,
        "specs/shop/totals.yaml": False,  # its SQL is another one
    }
    again = shutil.copytree(one, tmp_path / "again", ignore=shutil.ignore_patterns(".medallion"))
    seed(survey, Survey(again, broken_guard(), store))
    assert all(one.valid for one in Survey(again, broken_guard(), store).specs)


def test_sql_is_asked_in_the_guarded_process(tmp_path: Path) -> None:
    orders = TableName("silver_shop", "orders")
    number = TableColumn(orders, "number")
    reading = Reading(text=SQL, tables={orders: Columns(names=("number",))}, asked=[number])
    assert ask_uses([reading], tmp_path, share_guard()) == [{number: [(2, 7)]}]
    assert ask_uses([reading], tmp_path, broken_guard()) == [{}]
    assert ask_uses([], tmp_path, broken_guard()) == []
