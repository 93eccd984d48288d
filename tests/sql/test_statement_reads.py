"""What a statement reads, whatever it is made to look like."""

from __future__ import annotations

import pytest

from medallion.sql import statement_reads
from medallion.sql.statement_reads import NOT_SQL, TOO_DEEP, TOO_LONG, UNEXPECTED, find_reads

READS = {
    "select * from gold_a.b": {"gold_a.b"},
    "TABLE gold_a.b": {"gold_a.b"},
    'select * from "gold_a"."b" as x, lateral (select 1 from gold_a.c) y': {"gold_a.b", "gold_a.c"},
    "select (select count(*) from gold_a.b) from silver_a.c": {"gold_a.b", "silver_a.c"},
    "select 1 /* from gold_a.b */ -- gold_a.c": set(),
    "select 'from gold_a.b', $$from gold_a.c$$": set(),
    "select * from /* a /* nested */ one */ gold_a.b": {"gold_a.b"},
    "with b as (select * from b) select * from b": {".b"},
    "with recursive b as (select * from b) select * from b": set(),
    "with x as (select 1), y as (select * from x) select * from y, x": set(),
    "select * from (with b as (select 1) select * from b) q, b": {".b"},
    "copy (select * from gold_a.b) to stdout": {"gold_a.b"},
    "copy gold_a.b to stdout": {"gold_a.b"},
    "declare c cursor for select * from gold_a.b": {"gold_a.b"},
    "declare c scroll cursor with hold for select * from gold_a.b": {"gold_a.b"},
    "create table mine as select * from gold_a.b": {"gold_a.b", ".mine"},
    "insert into mine select * from gold_a.b": {"gold_a.b", ".mine"},
    "delete from mine using gold_a.b": {"gold_a.b", ".mine"},
    "merge into mine using gold_a.b on true when matched then delete": {"gold_a.b", ".mine"},
    "refresh materialized view mine": {".mine"},
    "explain analyze select * from gold_a.b": {"gold_a.b"},
    "explain (analyze, format json) select * from gold_a.b": {"gold_a.b"},
    "explain select * from gold_a.b": set(),
    "prepare q as select * from gold_a.b": set(),
    "create view v as select * from gold_a.b": set(),
    "begin; select 1 from gold_a.b; select 2 from gold_a.c; commit": {"gold_a.b", "gold_a.c"},
    "lock table gold_a.b": set(),
    "set search_path = gold_a": set(),
    "select * from gold_a.b tablesample system (1)": {"gold_a.b"},
    "select * from ONLY gold_a.b": {"gold_a.b"},
    "(select * from gold_a.b) union all (select * from gold_a.c)": {"gold_a.b", "gold_a.c"},
    "select * from rows from (generate_series(1, 2)), gold_a.b": {"gold_a.b"},
    "": set(),
    ";;": set(),
}


@pytest.mark.parametrize("text", READS)
def test_relations_of_what_is_run(text: str) -> None:
    found = find_reads(text)
    assert found.problem == ""
    assert {f"{one.schema}.{one.name}" for one in found.reads} == READS[text]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("select * from", NOT_SQL),
        ("selct 1", NOT_SQL),
        ("select 'a", NOT_SQL),
        ("select \ud800", NOT_SQL),
        ("select 1 /* " + "x" * 200_000 + " */ from gold_a.b", TOO_LONG),
        ("select " + "(" * 5_000 + "1" + ")" * 5_000, TOO_DEEP),
        ("do $$ begin perform 1 from gold_a.b; end $$", "a block of code"),
        ("call mine()", "a procedure"),
    ],
)
def test_what_is_not_understood_is_said(text: str, problem: str) -> None:
    assert find_reads(text).problem == problem


def test_a_tree_that_nobody_expected_is_counted_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statement_reads, "parse", lambda _text: [{"stmt": {"ExplainStmt": 1}}])
    assert find_reads("explain select 1").problem == UNEXPECTED
