"""What an expression may say; that nothing else gets through; what DuckDB makes of it."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion.cleaning.declared.types import parse_type
from medallion.cleaning.duckdb.expressions import (
    FUNCTIONS,
    OTHER_NAMES,
    ExpressionRefused,
    read_expression,
)
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
    *("a) + (b", "a), (b", "a) FROM x WHERE (b", "a) UNION SELECT (b", "a); SELECT (b", "a)) --"),
    *(
        "a AS b",
        "*",
        "a.*",
        "l[1]",
        "l[1:2]",
        "a = ANY(l)",
        "(a, b)",
        "grouping(a)",
        "#1",
        "DEFAULT",
    ),
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
    """A new case is a line of expressions.sql: as written, and as it is sent."""
    path = Path(__file__).with_name("expressions.sql")
    lines = [*path.read_text(encoding="utf-8").splitlines()[1:], *OVER_LINES]
    with duckdb.connect() as duck:
        columns = [name for name, *_ in duck.sql(ROW).description]
        values = ", ".join(f'"{name}" AS "_value_{name}"' for name in columns)
        duck.execute(f"CREATE TABLE one AS SELECT *, {values} FROM ({ROW})")
        for text in lines:
            sent = read_expression(text, columns).over_values().sql(dialect="duckdb")
            asked = [
                duck.execute(
                    f"SELECT typeof(v), v FROM (SELECT ({said}\n) AS v FROM one)"
                ).fetchall()
                for said in (text.removesuffix(";"), sent)
            ]
            assert asked[0] == asked[1], text
    called = {name for name in FUNCTIONS if any(f"{name}(" in line for line in lines)}
    assert called == set(FUNCTIONS)
    assert len(lines) > 450


OVER_LINES = [
    "case\n  when n > 5 -- many\n  then 'a\n b'\n  else t end",
    "n\n\t+ /* one\n two */ 1_000",
    "$$a\nb$$ || e'c\\n' || '\r\n'",
    "n\u00a0+\u3000f * 2\u2003> 1 and t <> '\u00a0\u3000'",
]
"""Expressions that do not fit into a line of the file."""


SPLICED = {
    "n + 1_000": '"_value_n" + 1_000',
    "n--1\n+ 1.50": '"_value_n"--1\n+ 1.50',
    "if(\"q\">1,E'\\x41',t.upper())": 'if("_value_q">1,E\'\\x41\',"_value_t".upper())',
    "case n  when 1 then n end": 'case "_value_n"  when 1 then "_value_n" end',
    "least(n*f, 1) -- n": 'least([CHECK "_value_n"*"_value_f"], 1) -- n',
    "((n) * (f)) // 2": '([CHECK ("_value_n") * ("_value_f")]) // 2',
    "case n*f when 1 then 2 when 3 then 4 end": (
        'case [CHECK "_value_n"*"_value_f"] when 1 then 2 when 3 then 4 end'
    ),
    "'x'::date": "'x'::date",
    "(f / 2)::real > exp(f)": ('[CHECK ([CHECK "_value_f" / 2])::real] > [CHECK exp("_value_f")]'),
    "n + 1; -- done": '"_value_n" + 1  -- done',
}


@pytest.mark.parametrize(("text", "sent"), SPLICED.items())
def test_only_names_and_checks_differ_from_what_was_written(text: str, sent: str) -> None:
    checked = read_expression(text, ["n", "q", "f", "t"]).over_values().sql(dialect="duckdb")
    shown = checked.replace(" (list_extract(list_transform([", "[CHECK ")
    assert re.sub(r"\], lambda checked: .*? END\), 1\)\)", "]", shown) == f"(\n{sent}\n)"


REFUSED = {
    "a +": "it cannot be read: a part of it is missing",
    "a;\nDROP TABLE x": "line 1, column 2 of it: it cannot be read: it is more than one statement",
    "a\n) + (b": "line 2, column 1 of it: it cannot be read: it closes a bracket that it",
    "a +\n  é": "line 2, column 3 of it: there is no column é",
    "'é\n' || x": "line 2, column 6 of it: there is no column x",
    "a.b.upper()": "there is no column a.b",
    "main.lower(b)": "there is no column main",
    "/* only */": "it cannot be read: it is empty",
    "sum(a) FILTER (a > 1)": "an aggregate or a window function is not allowed",
    "lower(DISTINCT b)": "DISTINCT, ORDER BY and FILTER are not for lower",
    "list_transform(l, lambda x: x)": "the function list_transform is not allowed",
    "lambda x: x": "a lambda is not allowed in an expression",
    "[1, 2]": "a list is not allowed in an expression",
    "a IN\n(1, {'a': 1})": "line 2, column 5 of it: a struct is not allowed in an expression",
    "b COLLATE nocase": "b COLLATE nocase is not allowed in an expression",
    "x'00'": "x'00' is not allowed in an expression",
    "b::\nvarchar[]": "line 2, column 1 of it: a cast to varchar[] is not allowed",
    "a < 1e309": "the number 1e309 is too large",
    "a\0": "it cannot be read: it has a NUL character in it",
    "(" * 201 + "a" + ")" * 201: "it cannot be read: it is nested too deep",
    "- " * 900 + "a": "it cannot be read: it is nested too deep",
    "b > \n upper(a, b)": "line 2 of it: No function matches the given name and argument types",
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.items())
def test_a_refusal_says_what_and_where(text: str, problem: str) -> None:
    assert expression_answer(text, TYPES)["problem"].startswith(problem)


@pytest.mark.parametrize("name", [*FUNCTIONS, *OTHER_NAMES])
def test_every_function_is_duckdbs_and_scalar(name: str) -> None:
    if name in (
        "coalesce",
        "extract",
        "if",
        "ifnull",
    ):  # words of SQL, not functions of the catalogue
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


@settings(max_examples=200)
@given(st.lists(st.sampled_from(
    ["a", "b", "(", ")", "+", "||", "SELECT", "FROM", "'x'", ",", ".", "sum", "now", "CASE", "WHEN",
     "END", ";", "::", "text", "IN", "*", "--", "lower", "pii_key", "$$", "\\", '"', "{", "[", "1"]
), max_size=9))  # fmt: skip
def test_any_words_are_an_expression_or_refused_and_never_read_what_is_not_there(
    words: list[str],
) -> None:
    try:
        expression = read_expression(" ".join(words), {"a", "b"})
    except ExpressionRefused:
        return
    assert expression.references <= set("ab")


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
