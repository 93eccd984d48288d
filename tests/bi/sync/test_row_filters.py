"""Rules of row-level security: ours follow the specs, those of people are not touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medallion.bi.superset.objects import RowRule
from medallion.bi.sync.row_filters import (
    KIND,
    OURS,
    WantedRule,
    in_the_way,
    key_of,
    rule_changes,
)
from medallion.plan.bi import RowFilter
from medallion.warehouse.registry.bi import Remembered

WANTED = WantedRule(
    dataset_uuid="d5",
    table="gold_shop.sales",
    spec="specs/shop/sales.yaml",
    declared=RowFilter(name="own", clause="country = 'FR'", roles=("france",)),
    dataset_id=5,
    role_ids=(9,),
)
THERE = replace(WANTED.rule, id=1)
KEY = key_of("d5", "own")
LEDGER = {KEY: Remembered(uuid=KEY, kind=KIND, name=THERE.name)}
BY_HAND = RowRule(id=2, name="by hand", clause="true", dataset_ids=(5,), role_ids=(9,))

CASES = {
    "in step": ([WANTED], [THERE, BY_HAND], LEDGER, []),
    "new": ([WANTED], [BY_HAND], {}, ["create"]),
    "deleted by hand": ([WANTED], [], LEDGER, ["create"]),
    "edited by hand": ([WANTED], [replace(THERE, clause="true")], LEDGER, ["change"]),
    "of other roles": ([replace(WANTED, role_ids=(8, 9))], [THERE], LEDGER, ["change"]),
    "dropped": ([], [THERE, BY_HAND], LEDGER, ["remove"]),
    "dropped, gone": ([], [BY_HAND], LEDGER, ["forget"]),
    "dropped, and made by hand since": ([], [replace(THERE, description="mine")], LEDGER,
                                        ["forget"]),
    "the ledger is lost": ([WANTED], [replace(THERE, clause="true")], {}, ["change"]),
    "the dataset was deleted": ([WANTED], [replace(THERE, dataset_ids=())], {}, ["change"]),
    "of another project": ([WANTED], [replace(THERE, dataset_ids=(7,))], {}, ["refuse"]),
    "of the same name by hand": ([WANTED], [replace(THERE, description="mine")], {}, ["refuse"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_done_to_a_rule(case: str) -> None:
    wanted, found, ledger, actions = CASES[case]
    assert [one.action for one in rule_changes(wanted, found, ledger)] == actions


def test_a_rule_of_somebody_else_is_adopted_when_asked() -> None:
    theirs = replace(THERE, description="mine")
    (done,) = rule_changes([WANTED], [theirs], {}, adopt=True)
    assert (done.action, done.rule.id) == ("change", 1)
    assert done.rule.description.startswith(OURS)
    assert done.describe() == "change   row rule  gold_shop.sales: own: link to the spec"


def test_what_is_left_out_is_not_looked_at() -> None:
    kept = frozenset((KEY,))
    assert list(rule_changes([], [THERE], LEDGER, kept=kept)) == []
    assert list(rule_changes([WANTED], [], {}, kept=kept)) == []


def test_a_rule_of_somebody_else_is_in_the_way_of_a_dataset() -> None:
    declared = {"d5": ("gold_shop.sales", (WANTED.declared,))}
    theirs = replace(THERE, description="mine")
    assert in_the_way(declared, [theirs, BY_HAND], {}) == {"d5": "gold_shop.sales: own"}
    assert in_the_way(declared, [THERE, BY_HAND], {}) == {"d5": "gold_shop.sales: own"}
    assert in_the_way(declared, [replace(THERE, dataset_ids=()), BY_HAND], {}) == {}
    assert in_the_way(declared, [theirs], LEDGER) == {}, "ours, and somebody edited its text"
