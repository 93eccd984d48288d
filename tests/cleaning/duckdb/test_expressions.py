"""What an expression may say; that nothing else gets through; what DuckDB makes of it."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion.cleaning.declared.types import parse_type
from medallion.cleaning.duckdb.expressions import FUNCTIONS, ExpressionRefused, read_expression
from medallion.cleaning.duckdb.probe import expression_answer
from medallion.cleaning.duckdb.result_types import fits

TYPES = {"a": "BIGINT", "b": "VARCHAR", "d": "DATE", "l": "VARCHAR[]", "n": "BIGINT[]"}

GOOD = {
    "a * 2": "BIGINT",
    "a / 2": "DOUBLE",
    "a // 2": "BIGINT",
    "CASE WHEN a > 1 THEN 'x' ELSE upper(b) END": "VARCHAR",
    "b LIKE 'x%' AND b NOT ILIKE '%y' OR b ~ '^z+$'": "BOOLEAN",
    "a BETWEEN 1 AND 2 OR a IN (5, 6) OR a IS NOT NULL": "BOOLEAN",
    "CAST(d + INTERVAL 1 DAY AS date)": "DATE",
    "d >= DATE '2024-01-01'": "BOOLEAN",
    "extract(year FROM d)": "BIGINT",
    "b::decimal(10,2)": "DECIMAL(10,2)",
    "b::timestamp": "TIMESTAMP",
    "array_to_string(l, ', ')": "VARCHAR",
    "list_contains(l, b) -- said aside": "BOOLEAN",
    "concat_ws('-', b, b) || split_part(b, ';', 1)": "VARCHAR",
    "a IS DISTINCT FROM 3": "BOOLEAN",
}

BAD = [
    *("(SELECT 1)", "a IN (SELECT 1)", "EXISTS (SELECT 1)", "(SELECT k FROM pii_key)"),
    *("SELECT a", "a AS b", "a; b", "", "*", "COLUMNS(*)", "?", "$1", ":a", "a +"),
    *("count(*)", "sum(a)", "any_value(a)", "row_number() OVER ()", "sum(a) OVER ()"),
    *("unnest(l)", "read_csv('x')", "read_text('/etc/passwd')", "glob('*')"),
    *("now()", "current_date", "today()", "random()", "uuid()", "getenv('HOME')"),
    *("getvariable('x')", "current_setting('x')", "nextval('s')", "pg_sleep(1)", "error('x')"),
    *("repeat(b, 1000000000)", "lpad(b, 1000000000, 'x')", "range(1000000000)"),
    *("TRY_CAST(b AS bigint)", "TRY(a)", "b::json", "b::blob", "list_transform(l, x -> x)"),
    *("row.a", "x.y.a", "A", "c", "_value_a", "b COLLATE nocase", "{'a': 1}", "[1, 2]"),
    "E'a'",
    *("DROP TABLE x", "COPY x TO 'y'", "ATTACH 'x'", "a = 1 UNION SELECT 2", "a" * 2001),
    "(" * 400 + "a" + ")" * 400,
    "a < 1e309",
]


@pytest.mark.parametrize(("text", "kind"), GOOD.items())
def test_an_expression_has_a_type(text: str, kind: str) -> None:
    assert expression_answer(text, TYPES).get("type") == kind


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_scalar_expression_over_the_columns_is_refused(text: str) -> None:
    with pytest.raises(ExpressionRefused):
        read_expression(text, TYPES)


ROW = """
SELECT 7 AS n, 3 AS "q", 'Éab' AS t, 'a%b' AS u, true AS b, 1.25::double AS f, [1, 2, 3] AS l,
    date '2026-03-31' AS d, timestamp '2026-03-31 10:20:30.5' AS m, NULL::integer AS o,
    timestamptz '2026-03-31 10:20:30+00' AS z
"""


def test_an_expression_gives_what_was_written() -> None:
    """A new case is a line of expressions.sql: as written, and as the tree says it."""
    path = Path(__file__).with_name("expressions.sql")
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    with duckdb.connect() as duck:
        columns = [name for name, *_ in duck.sql(ROW).description]
        for text in lines:
            tree = read_expression(text, columns)
            asked = [
                duck.execute(
                    f"SELECT typeof(v), v FROM (SELECT ({said}\n) AS v FROM ({ROW}))"
                ).fetchall()
                for said in (text, tree.sql(dialect="duckdb"))
            ]
            assert asked[0] == asked[1], text
    called = {name for name in FUNCTIONS if any(f"{name}(" in line for line in lines)}
    assert called == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_duckdbs_and_scalar(name: str) -> None:
    if name in ("coalesce", "extract"):  # words of SQL, not functions of the catalogue
        return
    with duckdb.connect() as duck:
        kinds = duck.execute(
            "SELECT DISTINCT function_type, stability FROM duckdb_functions()"
            " WHERE function_name = ?",
            [name],
        ).fetchall()
    assert kinds
    for kind, stability in kinds:
        assert kind in ("scalar", "macro")
        assert stability in ("CONSISTENT", None)


def test_the_page_lists_the_functions(project_root: Path) -> None:
    page = (project_root / "docs" / "columns.md").read_text(encoding="utf-8")
    section = page.partition("## Computed columns")[2].partition("\n## ")[0]
    line = next(line for line in section.splitlines() if line.startswith("`coalesce`"))
    assert re.findall(r"`(\w+)`", line) == list(FUNCTIONS)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(
    ["a", "b", "(", ")", "+", "||", "SELECT", "FROM", "'x'", ",", ".", "sum", "now", "CASE", "WHEN",
     "END", ";", "::", "text", "IN", "*", "--", "lower", "pii_key", "$$", "\\", '"', "{", "[", "1"]
), max_size=9))  # fmt: skip
def test_any_words_are_an_expression_or_refused_and_never_read_what_is_not_there(
    words: list[str],
) -> None:
    try:
        tree = read_expression(" ".join(words), {"a", "b"})
    except ExpressionRefused:
        return
    assert {column.name for column in tree.find_all(type(read_expression("a", {"a"})))} <= set("ab")


@pytest.mark.parametrize(
    ("found", "declared", "fit"),
    [
        ("BIGINT", "integer", True),
        ("DECIMAL(18,0)", "bigint", True),
        ("DOUBLE", "bigint", False),
        ("DECIMAL(18,2)", "bigint", False),
        ("DOUBLE", "decimal(18,2)", True),
        ("VARCHAR", "text", True),
        ("BIGINT", "text", False),
        ("DATE", "timestamp", True),
        ("TIMESTAMP", "date", False),
        ("TIMESTAMP WITH TIME ZONE", "timestamp", False),
        ("VARCHAR[]", "text[]", True),
        ("BIGINT[]", "integer[]", False),
        ('"NULL"', "text", True),
    ],
)
def test_a_type_fits_where_no_value_is_lost(found: str, declared: str, fit: bool) -> None:
    assert fits(found, parse_type(declared)) is fit
