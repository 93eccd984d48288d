"""A plan in an environment names no table of production."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.workbench.environments.shop import FILES, SALES

from medallion.compiler.codec import encode
from medallion.errors import SetupError, SpecError
from medallion.names import DagId, TableName
from medallion.plan.environment import Environment, in_environment
from medallion.plan.make import make_plan
from medallion.plan.model import GateStep, Plan, PublishStep, Step
from medallion.publish.declaration import BreakingChange
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader


def plans(root: Path, edit: tuple[str, str] = ("", "")) -> list[Plan]:
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace(*edit) if name == SALES and edit[0] else text)
    report = load_all(root, sql_reader(root))
    assert not report.issues, report.issues
    return [make_plan(loaded) for loaded in report.specs]


def test_every_name_of_a_table_is_the_environment_s(tmp_path: Path) -> None:
    check = "        - between: {column: amount,"
    key = "        - foreign_key: {column: note, to: silver_shop.stock.item}\n"
    lab, shop = plans(tmp_path, (check, key + check))
    for plan in (lab, shop):
        mine = in_environment(plan, Environment("alice"), {"lab", "shop"})
        text = encode([_without_words(task.step) for task in mine.tasks])
        text = text.replace("'silver_shop.none'", "").replace("-- of silver_shop.orders", "")
        for schema in ("silver_shop", "gold_shop", "silver_lab", "gold_lab"):
            assert f"{schema}." not in text
        assert mine.dag_id == DagId(f"{plan.dag_id.domain}__alice", plan.dag_id.pipeline)
        assert [task.task_id for task in mine.tasks] == [task.task_id for task in plan.tasks]


def _without_words(step: Step) -> Step:
    """Without the words of a check as its spec has them, which are for people."""
    if not isinstance(step, GateStep):
        return step
    return replace(step, checks=tuple(replace(one, written=None) for one in step.checks))


def test_it_gives_no_right_and_asks_nobody(tmp_path: Path) -> None:
    more = (
        "    share_with: public\n",
        "    share_with: public\n    approval: {required: always}\n",
    )
    shop = plans(tmp_path, more)[1]
    steps = in_environment(shop, Environment("alice"), {"lab", "shop"}).tasks
    published = {t.step.table.name: t.step for t in steps if isinstance(t.step, PublishStep)}
    assert all(one.grants == () and one.approval is None for one in published.values())
    assert published["shelf"].share_with == ("lab__alice", "shop__alice")
    assert published["orders"].share_with == ()
    assert {one.breaking_change for one in published.values()} == {BreakingChange.ALLOW}
    before = {t.step.table.name: t.step for t in shop.tasks if isinstance(t.step, PublishStep)}
    guard, others = published["orders"].guard, before["orders"].guard
    assert guard.max_shrink_percent is None
    assert guard.model_copy(update={"max_shrink_percent": others.max_shrink_percent}) == others
    assert published["orders"].fingerprint == before["orders"].fingerprint != ""


def test_a_name_that_is_too_long_says_what_fits() -> None:
    environment = Environment("a" * 16)
    assert len(environment.domain("d" * 22)) == 40
    with pytest.raises(SetupError, match="15 characters"):
        environment.domain("d" * 23)
    assert str(environment.table(TableName("gold_x", "t"))) == f"gold_x__{'a' * 16}.t"


def test_sql_that_hides_a_name_is_refused(tmp_path: Path) -> None:
    hidden = {**FILES, "include/sql/shop/shelf.sql": 'select * from U&"silver_shop".stock\n'}
    for name, text in hidden.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    shop = [make_plan(one) for one in load_all(tmp_path, sql_reader(tmp_path)).specs][-1]
    assert str(shop.dag_id) == "shop.sales"
    with pytest.raises(SpecError, match="write it in letters"):
        in_environment(shop, Environment("alice"), {"lab", "shop"})
