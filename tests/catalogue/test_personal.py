"""Whose values no page shows, through the SQL of gold tables."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from medallion.catalogue.column_lineage import ColumnOrigins
from medallion.catalogue.columns import UNSURE, column_rows
from medallion.catalogue.declared import Declared, SpecShelf
from medallion.catalogue.personal import find_hidden_fields, find_hidden_if_known, find_labels
from medallion.catalogue.quarantine import HIDDEN, _text
from medallion.compiler.project import load_project
from medallion.names import Layer, PublishedTable
from medallion.sql.outline_reader import DEEPEST
from medallion.warehouse.catalogue.history import PublishedColumn

SPEC = """\
description: Sales of the day.
datasets:
  sales:
    source: {type: file, path: include/data/shop/sales.csv}
    silver:
      columns:
        sale_id: {type: bigint}
        email: {type: text, from: mail, classification: {pii: email, protect: none}}
        loud: {type: text, expression: upper(email)}
        same: {type: text, from: mail}
        part: {type: text, from: mail.host}
        twice: {type: bigint, expression: sale_id * 2}
"""
GOLD = {
    "buyers": """\
select sale_id, email as contact, lower(email) || '!' as loud, sale_id + 1 as next_sale,
       row_number() over (order by email) as place
from silver_shop.sales
""",
    "again": "select b.contact as who, b.next_sale, b.place from gold_shop.buyers b",
    "counts": "select count(*) as n, 1 as email, sale_id from silver_shop.sales group by sale_id",
    "of_counts": "select * from gold_shop.counts",
    "fields": "select e.* from silver_shop.sales p "
    "cross join lateral jsonb_each_text(to_jsonb(p)) as e",
    "deep": "select sale_id from "
    + "(select * from " * DEEPEST
    + "silver_shop.sales"
    + ") q" * DEEPEST,
    "above": "select f.value as told, d.sale_id as deep, c.n "
    "from gold_shop.fields f, gold_shop.deep d, gold_shop.counts c",
    "places": "with q (k, a, b) as (select * from silver_shop.sales) "
    "select a as shown, 1 as one from q",
    "loudly": "select loud as cry, same as it, part as some, twice as num from silver_shop.sales",
}
"""Gold tables, by their SQL. Their spec is another than that of silver."""
PUBLISHED = {"fields": ["key", "value"]}
"""The columns that a table has besides those that its SQL names."""
HIDDEN_COLUMNS = {
    "buyers": {"contact", "loud", "place"},
    "again": {"who", "place"},
    "counts": set[str](),
    "of_counts": set[str](),
    "fields": {"key", "value"},
    "deep": {"sale_id"},
    "above": {"told", "deep"},
    "places": {"shown"},
    "loudly": {"cry", "it", "some"},
}
COLUMNS = {
    "deep": ["sale_id"],
    "of_counts": ["n", "email", "sale_id", "_load_id"],
}


def gold(name: str) -> PublishedTable:
    return PublishedTable(layer=Layer.GOLD, domain="shop", name=name)


def write(root: Path, queries: Mapping[str, str]) -> None:
    """A project of two specs, as the DAG processor has accepted it."""
    for folder in ("specs/shop", "include/sql/shop", "include/data/shop"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "specs/shop/sales.yaml").write_text(SPEC)
    lines = ["description: Made of them.", "gold:"]
    for name, query in queries.items():
        (root / f"include/sql/shop/{name}.sql").write_text(query)
        lines.append(f"  {name}: {{sql: {name}.sql}}")
    (root / "specs/shop/marts.yaml").write_text("\n".join(lines) + "\n")
    project = load_project(root, until=time.monotonic() + 600)
    assert not project.issues, project.issues


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("personal")
    write(made, GOLD)
    return made


@pytest.fixture(scope="module")
def declared(root: Path) -> Declared:
    return SpecShelf(root).now()


def columns_of(declared: Declared, table: PublishedTable) -> set[str]:
    said = declared.origins.of(declared.tables[table])
    more = [*PUBLISHED.get(table.name, ()), *COLUMNS.get(table.name, ())]
    return {*said, *more} - ({"e"} if table.name == "fields" else set())


@pytest.mark.parametrize(("table", "wanted"), HIDDEN_COLUMNS.items())
def test_a_column_made_of_a_personal_one_is_hidden_under_any_name(
    declared: Declared, table: str, wanted: set[str]
) -> None:
    columns = columns_of(declared, gold(table))
    assert find_hidden_fields(declared, gold(table), columns) & columns == wanted


def test_a_silver_column_that_reads_a_personal_one_is_hidden_too(declared: Declared) -> None:
    sales = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")
    columns = ["sale_id", "email", "loud", "same", "part", "twice", "_load_id", "former"]
    hidden = find_hidden_fields(declared, sales, columns)
    assert hidden == {"email", "mail", "loud", "same", "part", "former"}


LABELS = {
    "buyers": {"contact": {"email"}, "loud": {"email"}, "place": {"email"}},
    "again": {"who": {"email"}, "place": {"email"}},
    "counts": {},
    "loudly": {"cry": {"email"}, "it": {"email"}, "some": set()},
}
"""By table, the columns that inherit a classification, and of which columns of silver."""


@pytest.mark.parametrize(("table", "wanted"), LABELS.items())
def test_a_gold_column_has_the_label_of_what_it_is_made_of(
    declared: Declared, table: str, wanted: dict[str, set[str]]
) -> None:
    labels = find_labels(declared, gold(table), sorted(columns_of(declared, gold(table))))
    assert {name: {one.column for one in label.made_of} for name, label in labels.items()} == wanted
    said = declared.tables[PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")]
    (email,) = (one.personal for one in said.columns if one.name == "email")
    for label in labels.values():
        assert label.said == ((email,) if label.made_of else ())
        assert not label.is_unsure


def test_a_gold_column_of_which_nobody_knows_the_origin_says_so(declared: Declared) -> None:
    labels = find_labels(declared, gold("above"), ["told", "deep", "n"])
    assert labels.keys() == {"told", "deep"}
    assert labels["deep"].is_unsure
    rows = column_rows(
        [PublishedColumn(name="deep", type="bigint", description="")], None, {}, labels
    )
    assert rows[0].personal == UNSURE


def test_names_of_personal_fields_before_it_are_hidden_of_columns_that_are_gone(
    declared: Declared,
) -> None:
    assert "email" in find_hidden_fields(declared, gold("again"), ["who"])


def test_a_name_that_was_kept_and_that_nothing_knows_any_more_is_hidden(declared: Declared) -> None:
    """Of a check or an example: where anything before the table is personal, it may be too."""
    named = ["sale_id", "former", "mail", "mail.host"]
    sales = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")
    assert find_hidden_fields(declared, sales, named=named) >= {"former", "mail", "mail.host"}
    assert "sale_id" not in find_hidden_fields(declared, sales, named=named)
    counts = gold("counts")
    assert "former" in find_hidden_fields(declared, counts, ["n"], ["n", "former"])
    assert "former" not in find_hidden_fields(declared, counts, ["n"])


def test_of_a_table_of_no_spec_every_column_is_hidden(declared: Declared) -> None:
    other = gold("other")
    assert find_hidden_fields(declared, other, ["a", "b"]) == {"a", "b"}
    assert find_hidden_if_known(declared, other, ["a"]) is None
    assert _text("a", "ada@example.org", None) == HIDDEN


def test_what_may_come_from_a_table_of_no_spec_is_hidden(declared: Declared) -> None:
    tables = {table: one for table, one in declared.tables.items() if table.layer is Layer.GOLD}
    by_name = {str(table.public): table for table in tables}
    origins = ColumnOrigins({name: tables[table] for name, table in by_name.items()})
    without = replace(declared, tables=tables, by_name=by_name, origins=origins)

    def hidden(name: str, *columns: str) -> frozenset[str]:
        return find_hidden_fields(without, gold(name), columns)

    assert hidden("buyers") == {"sale_id", "contact", "loud", "place", "next_sale"}
    assert hidden("again") == {"who", "next_sale", "place"}
    assert hidden("counts") == {"sale_id"}, "no column of the table goes into the others"
    assert hidden("of_counts", "n", "email", "sale_id") == {"sale_id"}
    assert hidden("deep", "sale_id") == {"sale_id"}


def test_a_text_that_is_gone_is_looked_for_again(tmp_path: Path) -> None:
    write(tmp_path, {"buyers": GOLD["buyers"]})
    shelf = SpecShelf(tmp_path)
    (text,) = (
        path
        for digest in shelf._judge()
        for path in tmp_path.rglob(f"{digest}.json")
        if "gold_shop" not in path.read_text() and "silver" in path.read_text()
    )
    kept = text.read_bytes()
    text.unlink()
    assert "next_sale" in find_hidden_fields(shelf.now(), gold("buyers"))
    text.write_bytes(kept)
    assert "next_sale" not in find_hidden_fields(shelf.now(), gold("buyers"))


def test_many_ways_to_the_same_column_are_gone_once(tmp_path: Path) -> None:
    queries = {"t0": "select sale_id as x, sale_id as y from silver_shop.sales"}
    for number in range(1, 31):
        queries[f"t{number}"] = f"select x + y as x, x - y as y from gold_shop.t{number - 1}"
    write(tmp_path, queries)
    assert not find_hidden_fields(SpecShelf(tmp_path).now(), gold("t30"), ["x", "y"]) & {"x", "y"}
