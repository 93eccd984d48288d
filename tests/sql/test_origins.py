"""Which columns the columns of a SELECT are made of: shapes of SQL with what is true of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.sql.test_corpus import FILES, statements
from tests.sql.test_corpus import KNOWN as CORPUS

from medallion.compiler.codec import decode, encode
from medallion.spec.models.queries import PLACEHOLDERS
from medallion.sql.columns import select_columns
from medallion.sql.origins import result_columns
from medallion.sql.outline import QueryOutline
from medallion.sql.outline_reader import DEEPEST, outline_of
from medallion.sql.postgres_select import select_tree
from medallion.sql.result_columns import Origins, ResultColumns
from medallion.sql.scope import UNKNOWN, Columns

ROOT = Path(__file__).parents[2]
KNOWN = {
    "a": Columns(names=("id", "x", "y"), own=True),
    "b": Columns(names=("id", "z"), own=True),
    "grows": Columns(names=("id",), whole=False, own=True),
}
"""Of the schema silver_s. Any other table is unknown."""

SHAPES = [
    ("select x, y as other from silver_s.a", "x = a.x; other = a.y"),
    ("select a.x, silver_s.a.y from silver_s.a", "x = a.x; y = a.y"),
    ("select t.y as x from silver_s.a t", "x = a.y"),
    ("select * from silver_s.a", "id = a.id; x = a.x; y = a.y"),
    ("select b.*, a.x from silver_s.a, silver_s.b", "id = b.id; z = b.z; x = a.x"),
    ("select x + y as sum, 1 as one, x::text from silver_s.a", "sum: a.x a.y; one:; x: a.x"),
    ("select case when x > 0 then y else id end as c from silver_s.a", "c: a.id a.x a.y"),
    ("select count(*) as n, sum(x) filter (where y) as s from silver_s.a", "n:; s: a.x a.y"),
    ("select array_agg(x order by y) as s from silver_s.a", "s: a.x a.y"),
    (
        "select rank() over (partition by x order by y) r, sum(id) over w as s, "
        "sum(id) over (v rows 2 preceding) as t "
        "from silver_s.a window v as (order by y), w as (v)",
        "r: a.x a.y; s: a.id a.y; t: a.id a.y",
    ),
    ("with c as (select x as p from silver_s.a) select p from c", "p = a.x"),
    ("with c (p) as (select x, y from silver_s.a) select c.p, y from c", "p = a.x; y = a.y"),
    ("with c as (select * from silver_s.a), d as (select c.*, x + y as s from c) "
     "select s, id from d", "s: a.x a.y; id = a.id"),
    ("with a as (select z from silver_s.b) select * from a", "z = b.z"),
    ("select q.p from (select x, y from silver_s.a) as q (p)", "p = a.x"),
    ("select p from (select max(x) as p from silver_s.a) q", "p: a.x"),
    ("select x from silver_s.a union all select z from silver_s.b", "x = a.x b.z"),
    ("select 'none' as x union select x from silver_s.a", "x: a.x"),
    ("select id, z from silver_s.b union select id, x from silver_s.a",
     "id = a.id b.id; z = a.x b.z"),
    ("select * from silver_s.b union select id, x from silver_s.a", "id?:; z?:"),
    ("with q (k, l, m) as (select * from silver_s.a) select l, q.m from q", "l?:; m?:"),
    ("select k from (select * from silver_s.a) as q (k)", "k?:"),
    ("with c as (select (a.x).*, b.z from silver_s.a, silver_s.b) select q from c",
     "q?: a.x only the server knows the columns of (row).*"),
    ("select q.l as m from (select (a.x).*, b.z from silver_s.a, silver_s.b) as q (k, l)",
     "m?:"),
    ("select x from silver_s.a union select (b.z).* from silver_s.b", "x?:"),
    ("with recursive r (a, b, c, d, e, f, g, h, i, j, k, l) as (select 0, 0, 0, 0, 0, 0, 0, 0, 0, "
     "0, 0, x from silver_s.a union select b, c, d, e, f, g, h, i, j, k, l, 0 from r) "
     "select a, (select count(*) from silver_s.b) as n from r",
     "a?: the recursion of r is not followed to its end; n:"),
    ("select id as o from (silver_s.a join silver_s.grows on true join silver_s.b using (id)) "
     "as j (k, l), silver_s.elsewhere e", "o?:"),
    ("select x as o from (silver_s.a join silver_s.a as t using (x)) as j (k), "
     "(select z as x from silver_s.b) as p", "o = b.z"),
    ("with x as (select y as q from silver_s.a) select s.o from silver_s.grows as x, "
     "(select q as o from x) as s", "o = a.y"),
    ("select (select s.o from silver_s.a, (select x as o from silver_s.b) as s) as p "
     "from silver_s.grows", "p: grows.x"),
    ("with a as (select x as p from silver_s.a) select t.q from (with recursive "
     "c as (select p as q from a), a as (select z as p from silver_s.b) select q from c) as t",
     "q?:"),
    ("with c as (select *, 1 as m from silver_s.a) select c.*, 'p' as k from c union all "
     "select c.*, 'q' from c", "id = a.id; x = a.x; y = a.y; m:; k:"),
    ("select x from silver_s.a except select z from silver_s.b", "x = a.x"),
    ("(select x from silver_s.a intersect select y from silver_s.a) union select z from silver_s.b",
     "x = a.x a.y b.z"),
    ("select id, z from silver_s.a join silver_s.b using (id)", "id = a.id; z = b.z"),
    ("select id from silver_s.a right join silver_s.b using (id)", "id = b.id"),
    ("select id from silver_s.a full join silver_s.b using (id)", "id: a.id b.id"),
    ("select j.id, b.id as other from silver_s.a join silver_s.b using (id) as j",
     "id = a.id; other = b.id"),
    ("select * from silver_s.a natural join silver_s.b",
     "id = a.id; x = a.x; y = a.y; z = b.z"),
    ("select j.p, j.z from (silver_s.a join silver_s.b using (id)) as j (p)", "p = a.id; z = b.z"),
    ("select (select max(z) from silver_s.b where b.id = a.id) as m from silver_s.a", "m: b.z"),
    ("select exists (select 1 from silver_s.b where b.id = a.id) as e from silver_s.a",
     "e: a.id b.id"),
    ("select x in (select z from silver_s.b) as i from silver_s.a", "i: a.x b.z"),
    ("select array(select z from silver_s.b) as l from silver_s.a", "l: b.z"),
    ("select x, l.m from silver_s.a, lateral (select z + x as m from silver_s.b) as l",
     "x = a.x; m: a.x b.z"),
    ("select (select z from silver_s.b where id = x) as m, (select id) as o from silver_s.a",
     "m: b.z; o: a.id"),
    ("with recursive r as (select id, x from silver_s.a union all select b.id, r.x + b.z "
     "from r join silver_s.b on b.id = r.id) select * from r", "id = a.id b.id; x: a.x b.z"),
    ("with recursive r as (select id from silver_s.a union select id from r) "
     "search depth first by id set o select id, o from r",
     "id = a.id; o?:"),
    ("select column1, column2 as c from (values (1, 2), (3, 4)) v", "column1:; c:"),
    ("select u, n.v from silver_s.a, unnest(a.x) as u, generate_series(1, a.y) as n (v)",
     "u: a.x; v: a.y"),
    ("select r.k from silver_s.a, jsonb_to_recordset(a.x) as r (k text)", "k: a.x"),
    ("select to_jsonb(a) as whole, count(a.*) as n from silver_s.a",
     "whole: a.id a.x a.y; n: a.id a.x a.y"),
    ("select (a.x).field as f, (a.x)[1] as e from silver_s.a", "f: a.x; e: a.x"),
    ("select _load_id from silver_s.a", "_load_id = a._load_id"),
    ("select grows.q, q as r from silver_s.grows", "q = grows.q; r = grows.q"),
    ("select q from silver_s.grows, silver_s.a", "q = grows.q"),
    ("select q from silver_s.grows, silver_s.elsewhere",
     "q?: q may be a column of grows or elsewhere"),
    ("select to_jsonb(g) as j from silver_s.grows g",
     "j?: g may be a column of g, or the row"),
    ("with c as (select * from silver_s.grows union all select * from silver_s.elsewhere) "
     "select q from c",
     "q?: it is found by its place behind a *, of which not all columns are known"),
    ("select x from silver_s.a tablesample system (10) repeatable (1)", "x = a.x"),
    ("select x from silver_s.a where y > :data_interval_start", "x = a.x"),
    ("select distinct on (x) y from silver_s.a order by x, id limit 3", "y = a.y"),
    ("select coalesce(nullif(x, 0), y) as c, x between y and id as b from silver_s.a",
     "c: a.x a.y; b: a.id a.x a.y"),
]  # fmt: skip
"""A query, and its columns: `=` a copy, `:` computed, `?:` with what cannot be told."""


def outline(sql: str) -> QueryOutline | None:
    tree = select_tree(sql, PLACEHOLDERS)
    assert tree is not None, sql
    return outline_of(tree)


def traced(sql: str, known: dict[str, Columns] = KNOWN) -> ResultColumns:
    found = outline(sql)
    assert found is not None
    return result_columns(found, lambda schema, table: known.get(table, UNKNOWN))


def shown(name: str, made: Origins) -> str:
    said = [f"{one.table.table}.{one.column}" for one in sorted(made.columns)]
    sign = " =" if made.is_copy else "?:" if made.unknown else ":"
    return " ".join((f"{name}{sign}", *said, *sorted(made.unknown)))


@pytest.mark.parametrize(("sql", "expected"), SHAPES)
def test_each_column_comes_from_what_its_expression_names(sql: str, expected: str) -> None:
    found = traced(sql)
    named = [shown(name, found.of(name)) for name in found.names() or ["q"]]
    for given, wanted in zip(named, expected.split("; "), strict=True):
        assert given == wanted or (wanted.endswith("?:") and given.startswith(wanted)), given


def test_what_is_kept_is_data_that_comes_back_the_same() -> None:
    for sql, _ in SHAPES:
        kept = encode(outline(sql))
        assert decode(kept) == outline(sql)
        json.loads(kept)


def test_what_nests_too_deep_is_not_kept() -> None:
    def nested(depth: int) -> str:
        return (
            "select x from " + "(select x from " * (depth - 1) + "silver_s.a" + ") q" * (depth - 1)
        )

    deepest = outline(nested(DEEPEST))
    assert deepest is not None
    assert deepest.depth == DEEPEST
    assert decode(encode(deepest)) == deepest
    assert outline(nested(DEEPEST + 1)) is None


def test_a_long_union_and_a_long_join_are_followed() -> None:
    union = " union all ".join(["select x from silver_s.a"] * 150)
    assert shown("x", traced(union).of("x")) == "x = a.x"
    joins = "".join(f" join silver_s.b b{n} on b{n}.id = a.id" for n in range(150))
    long = f"select x, b149.z from silver_s.a{joins}"
    assert shown("z", traced(long).of("z")) == "z = b.z"
    assert decode(encode(outline(long))) == outline(long)


SHIPPED = {
    "cinema/brand_performance.top_release_date": "= silver_cinema.movies.release_date",
    "cinema/brand_performance.top_release_share": (
        ": silver_cinema.brands.lifetime_gross silver_cinema.brands.total_gross"
    ),
    "cinema/brand_performance.candidates": ": silver_cinema.brands.brand",
    "cinema/genre_popularity.most_popular": (
        ": silver_cinema.movies.movie_id silver_cinema.movies.popularity silver_cinema.movies.title"
    ),
    "finance/operations.label": "= silver_finance.transactions.label",
    "finance/operations.home_country": "= silver_finance.customers.country",
    "finance/operations.amount_eur": (
        ": silver_finance.exchange_rates.rate silver_finance.transactions.amount "
        "silver_finance.transactions.currency"
    ),
    "finance/operations.deliveries": ": silver_finance.transactions.transaction_id",
    "finance/suspicious_operations.rule": ":",
    "finance/suspicious_operations.label": "= gold_finance.operations.label",
    "finance/suspicious_operations.because": (
        ": gold_finance.operations.amount_eur gold_finance.operations.booked_at "
        "gold_finance.operations.country gold_finance.operations.customer_id "
        "gold_finance.operations.kind gold_finance.operations.transaction_id"
    ),
    "finance/brand_spending.popularity": ": gold_cinema.brand_performance.popularity",
    "finance/brand_spending.operations": ":",
}


def columns_of_silver_transactions() -> Columns:
    names = (
        "transaction_id booked_at booked_on customer_id kind amount currency country label brand"
    )
    return Columns(names=tuple(names.split()), own=True)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_shipped_gold_tables(name: str) -> None:
    file, _, column = name.partition(".")
    known = {"transactions": columns_of_silver_transactions()}
    operations = traced((ROOT / "include/sql/finance/operations.sql").read_text(), known)
    known["operations"] = Columns(names=tuple(operations.names()), own=True)
    made = traced((ROOT / f"include/sql/{file}.sql").read_text(), known).of(column)
    said = [f"{one.table}.{one.column}" for one in sorted(made.columns)]
    assert " ".join(("=" if made.is_copy else ":", *said)) == SHIPPED[name]
    assert not made.unknown


def test_every_statement_of_the_corpus_has_the_columns_that_it_has_elsewhere() -> None:
    """Those of `select_columns`, which are held to the server's; and what it reads is what it
    names."""

    def tables(schema: str, table: str) -> Columns:
        return CORPUS.get(table, UNKNOWN)

    seen = 0
    for file in FILES:
        for text in statements(file):
            tree = select_tree(text, PLACEHOLDERS)
            if tree is None:
                continue
            kept = outline_of(tree)
            assert kept is not None, text
            columns = select_columns(text, tree, tables).columns
            found = result_columns(decode(encode(kept)), tables)
            if columns.whole:
                seen += 1
                assert tuple(found.names()) == columns.names, text
                read = {one.table.table for name in found.names() for one in found.of(name).columns}
                assert read <= {table for table in CORPUS if table in text.lower()}, text
    assert seen > 1000
