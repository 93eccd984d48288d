"""A gold column gets another name: in its SELECT, its spec, dashboards and what reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from medallion.authoring.drafts import DraftProject
from medallion.authoring.files import plain_text
from medallion.authoring.rename import CannotRename, Renaming, apply
from medallion.authoring.rename_gold import gold_column_at, rename_gold_column
from medallion.compiler.guard import share_guard

SPEC, DAYS = "specs/shop/sales.yaml", "include/sql/shop/days.sql"
OTHER, WEEKS = "specs/bank/weeks.yaml", "include/sql/bank/weeks.sql"
FILES = {
    SPEC: """\
description: What a shop sells.
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {day: {type: date}, shop: {type: text}, amount: {type: double}}}
gold:
  days:
    sql: days.sql
    primary_key: [day, shop]
    share_with: [bank]
    columns: {taken: {description: What was taken., unit: EUR}}
    time_column: day
    dimensions:
      taken: Taken
      large: {label: Large, expression: taken > 1000 and shop <> 'taken'}
    metrics:
      sum_taken: sum(taken)
      mean: {expression: "sum(taken) / count(*)", label: Mean}
    checks:
      - between: {column: taken, min_value: 0}
      - unique: {columns: [day, shop]}
dashboards:
  sales:
    title: Sales
    charts:
      rows: {type: table, title: Rows, table: days, columns: [day, taken], where: taken > 1}
      sums: {type: bar, title: taken, table: days, x_axis: taken, metrics: [sum_taken]}
    filters:
      taken: {label: Taken, column: taken}
    rows:
      - [rows, sums]
""",
    DAYS: """\
-- taken, by day
with sold as (select day, shop, amount as taken from silver_shop.orders)
select s.day, s.shop, sum(s.taken) as taken, 'taken' as word
from sold as s
group by s.day, s.shop
order by taken desc
""",
    OTHER: "description: What the bank makes of it.\ngold:\n  weeks: {sql: weeks.sql}\n",
    WEEKS: "select d.shop, d.taken, sum(d.taken) over () as total\nfrom gold_shop.days as d\n",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def drafts(root: Path) -> Iterator[DraftProject]:
    made = DraftProject(root)
    yield made
    made.close()


def renamed(
    root: Path, drafts: DraftProject, path: str, spot: str, old: str, new: str
) -> dict[str, str]:
    """The texts of all files that would change; `spot` is a text around the place, in `path`."""

    def lines(name: str) -> list[str]:
        return plain_text(root, name).split("\n")

    side = drafts.look({})
    assert not side.refused
    line = next(n for n, text in enumerate(lines(path)) if spot in text)
    first = lines(path)[line].index(spot) + spot.index(old) + 1
    found = gold_column_at(path, line, first, side, lines)
    assert found is not None
    table, word = found
    assert word == old
    asked = Renaming(
        side=side, table=table, old=old, new=new,
        lines_of=lines, look=drafts.look, guard=share_guard(),
    )  # fmt: skip
    edits = rename_gold_column(asked)
    return apply({one.path: lines(one.path) for one in edits}, edits)


@pytest.mark.parametrize(
    ("path", "spot"),
    [
        (SPEC, "{column: taken, min"),
        (SPEC, "{taken: {description"),
        (DAYS, "as taken, 'taken'"),
        (WEEKS, "d.taken,"),
    ],
)
def test_a_gold_column_is_renamed_wherever_it_is_meant(
    root: Path, drafts: DraftProject, path: str, spot: str
) -> None:
    texts = renamed(root, drafts, path, spot, "taken", "revenue")
    assert set(texts) == {SPEC, DAYS, WEEKS}
    assert texts[DAYS] == FILES[DAYS].replace("as taken, 'taken'", "as revenue, 'taken'").replace(
        "order by taken", "order by revenue"
    )
    assert texts[WEEKS] == FILES[WEEKS].replace("d.taken,", "d.revenue AS taken,").replace(
        "sum(d.taken)", "sum(d.revenue)"
    )
    kept = ("was taken", "title: taken", "<> 'taken'", "sum_taken", "      taken: {label")
    expected = FILES[SPEC]
    for at, text in enumerate(kept):
        expected = expected.replace(text, f"@{at}@")
    expected = expected.replace("taken", "revenue")
    for at, text in enumerate(kept):
        expected = expected.replace(f"@{at}@", text)
    assert texts[SPEC] == expected


def test_a_column_that_is_taken_as_it_is_gets_a_name(root: Path, drafts: DraftProject) -> None:
    texts = renamed(root, drafts, SPEC, "primary_key: [day, shop]", "shop", "branch")
    assert "select s.day, s.shop AS branch, sum(s.taken) as taken" in texts[DAYS]
    assert "group by s.day, s.shop\n" in texts[DAYS]
    assert "primary_key: [day, branch]" in texts[SPEC]
    assert "select d.branch AS shop, d.taken" in texts[WEEKS]


def test_what_would_be_wrong_afterwards_is_refused(root: Path, drafts: DraftProject) -> None:
    with pytest.raises(CannotRename, match="cannot be a column"):
        renamed(root, drafts, SPEC, "{column: taken, min", "taken", "shop")
    before = plain_text(root, DAYS)
    (root / DAYS).write_text(
        before.replace(
            "select s.day, s.shop, sum(s.taken) as taken, 'taken' as word", "select *, 'x' as word"
        )
    )
    (root / DAYS).write_text((root / DAYS).read_text().replace("group by s.day, s.shop\n", ""))
    try:
        with pytest.raises(CannotRename, match="in the list of its SELECT"):
            renamed(root, drafts, SPEC, "{column: taken, min", "taken", "revenue")
    finally:
        (root / DAYS).write_text(before)
