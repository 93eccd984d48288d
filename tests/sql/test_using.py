"""Where in a text a name of JOIN … USING stands."""

from __future__ import annotations

import pytest

from medallion.sql.columns import select_columns
from medallion.sql.postgres_select import select_tree
from medallion.sql.problem import QueryProblem
from medallion.sql.scope import UNKNOWN, Columns

TABLES = {"a": Columns(names=("id", "day", "n"), own=True), "b": Columns(names=("id", "dag"))}


def problem(text: str) -> QueryProblem:
    tree = select_tree(text, ())
    assert tree is not None
    (found,) = select_columns(text, tree, lambda _, name: TABLES.get(name, UNKNOWN)).problems
    return found


@pytest.mark.parametrize(
    "text",
    [
        "select 1\nfrom s.a\njoin s.b using (id, \n/* é */ «day») as j",
        "select (select 1 from s.a join s.open using (day))\nfrom s.a join s.b\n USING(«day»)",
        "select 'using (day)' from s.a join s.b -- using (day)\n using (/* day */ «\"day\"»)",
        "select 1 from s.a join (select a.id from s.a join s.open using (day)) as c using («day»)",
        "select 1 from (s.a join s.a as c using (day)) join s.b using (id, «day») order by 1",
        "select 1 from s.a join s.open using (id) join s.a as c using (day) join s.b using («day»)",
    ],
)
def test_the_place_is_that_of_the_name(text: str) -> None:
    before, _, rest = text.partition("«")
    found = problem(before + rest.replace("»", ""))
    assert (found.line, found.column) == (
        before.count("\n") + 1,
        len(before.rpartition("\n")[2]) + 1,
    )
    assert "there is no column day" in found.problem
    assert "dag" not in found.remedy or found.remedy.startswith("did you mean dag?")
