"""What is certain of names in a SELECT. That nothing else is refused: test_corpus.py, and here."""

from __future__ import annotations

import psycopg
import pytest

from medallion.sql.columns import select_columns
from medallion.sql.nesting import LONGEST_CHAIN
from medallion.sql.postgres_select import select_tree
from medallion.sql.scope import UNKNOWN, Columns
from medallion.sql.unknown_names import FUNCTIONS_OF_ROWS

TABLES = {"a": Columns(names=("id", "x"), own=True), "b": Columns(names=("id", "y"))}

UNSURE = [
    "select anything from s.open",
    "select id, z from s.a, s.open",
    "select z from s.a, jsonb_to_record('{}') as r (z int)",
    "select r.z, g, n from s.a, generate_series(1, 2) as g, unnest('{}'::int[]) as r (q, n)",
    "select xmltable.z from s.a, xmltable('/a' passing (x::xml) columns z int)",
    "select j.z from s.a, json_table('[]', '$[*]' columns (z int path '$')) as j",
    "select j.id, j.z from (s.a natural join s.open) as j",
    "with recursive r as (select id from s.a union all select r.id + 1 from r) select id from r",
    "with recursive r as (select q.w from q), q as (select 1 as w) select w from r",
    "with w as (select id from s.a) search depth first by id set o select 1",
    "select 1 from s.a join s.open using (x)",
    "select 1 from s.a join s.a as c using (_load_id) join s.open using (x, id)",
    "with recursive r as (select 1 as w union select w from r join s.open using (w)) select 1",
    "select j.id, j.y from (s.a join s.b using (id)) as j",
    "select j.id, a.x, b.y from s.a join s.b using (id) as j",
    "select a, a.count, s.a.x, a._load_id, a.ctid, _valid_from from s.a",
    "select x as named from s.a group by named order by named",
    "select (select x) from s.a where exists (select 1 from s.b where b.id = a.id and x = y)",
    "select l.w from s.a, lateral (select a.x as w) as l",
    "select t.p, t.id from (select *, 1 as p from s.a) as t where t._load_id is null",
    "select t.one, t.two from s.a as t (one, two)",
    "select (row(1)).f1, (a).x, (a).* from s.a",
    "table s.a",
    "select column2 from (values (1, 2)) as v",
    "select v.q from (values (1, 2)) as v (p, q)",
    "select 1 " + "union all select id from s.a " * LONGEST_CHAIN,
]

CERTAIN = [
    ("select z from s.a", "there is no column z"),
    ("select a.y from s.a join s.b using (id)", "there is no column y in s.a"),
    ("select s.a.z from s.a", "there is no column z in s.a"),
    ("select a.x from s.a as t", "nothing in FROM has the name a"),
    ("select z from s.a natural join s.b", "there is no column z"),
    ("select z", "there is no column z: nothing is selected from"),
    ("select 1 from s.b union select z from s.b order by 1", "there is no column z"),
    ("select x from (s.b as b join s.b as c using (id)) as j", "there is no column x"),
    ("select v.column1 from (values (1)) as v (p)", "there is no column column1 in v"),
    ("with w (p) as (select id from s.a) select id from w", "there is no column id"),
    ("select 1 from s.b where exists (select 1 from s.a where z = y)", "there is no column z"),
    ("select count(*) filter (where z > 1) over (order by id) from s.b", "there is no column z"),
    ("select 1 from s.b join s.b as c on b.z = c.id", "there is no column z in s.b"),
    ("select 1 from s.a join s.b using (x)", "there is no column x in s.b, which"),
    ("select 1 from s.b join s.a as c using (id, y)", "there is no column y in s.a, which"),
    (
        "select 1 from (s.b join s.b as c using (id)) join s.a using (y)",
        "there is no column y in s",
    ),
    (
        "select 1 from s.b join s.b as c on true join s.a as d using (x)",
        "there is no column x in s",
    ),
    ("select 1 from s.b join (select 1 as p) as q using (id)", "there is no column id in q"),
]


def problems(text: str) -> list[str]:
    tree = select_tree(text, ())
    assert tree is not None, text
    found = select_columns(text, tree, lambda schema, name: TABLES.get(name, UNKNOWN))
    return [problem.problem for problem in found.problems]


@pytest.mark.parametrize("text", UNSURE, ids=lambda text: text[:40])
def test_what_may_be_there_is_left_to_the_server(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(("text", "expected"), CERTAIN)
def test_what_cannot_be_there_is_found(text: str, expected: str) -> None:
    (found,) = problems(text)
    assert found == expected or (", which USING needs" in found and found.startswith(expected))


def test_the_functions_of_whole_rows_are_the_servers(module_warehouse_db: str) -> None:
    with psycopg.connect(module_warehouse_db) as connection:
        rows = connection.execute(
            "SELECT DISTINCT proname FROM pg_proc WHERE pronargs - pronargdefaults <= 1 AND"
            " proargtypes[0]::regtype::text = ANY (%s)"
            " AND proname !~ '^(pg_|any.*_out)'",
            [["record", '"any"', "anyelement", "anynonarray", "anycompatible"]],
        ).fetchall()
    assert {name for (name,) in rows} == FUNCTIONS_OF_ROWS
