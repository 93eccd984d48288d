"""Where SQL lives: questions and changes of data in .sql files, each read by its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from medallion.roots import PROJECT_ROOT
from medallion.warehouse.quarantine.report import reason_kind
from medallion.warehouse.session.statements import statements

WAREHOUSE = PROJECT_ROOT / "plugins" / "medallion" / "warehouse"
FILES = [path for path in sorted(WAREHOUSE.rglob("*.sql")) if "migrations" not in path.parts]
OF_DATA = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|COPY)\b.*\b(FROM|INTO|SET)\b", re.S)
# Composed of names alone, by what they are asked for: there is no text of theirs to name.
COMPOSED = {
    "catalogue/preview.py",
    "catalogue/profile.py",
    "reading/columns.py",
    "tables/arrow_copy.py",
}


def in_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if OF_DATA.match(text) and not text.startswith("SELECT set_config"):
                yield f"{node.lineno}: {text.strip()[:60]}"


def test_no_question_and_no_change_of_data_stands_in_python() -> None:
    found = {
        name: list(texts)
        for path in sorted(WAREHOUSE.rglob("*.py"))
        if (name := path.relative_to(WAREHOUSE).as_posix()) not in COMPOSED
        and (texts := list(in_python(path)))
    }
    assert found == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(WAREHOUSE).as_posix())
def test_each_statement_is_used_by_its_name(path: Path) -> None:
    code = "".join(each.read_text(encoding="utf-8") for each in WAREHOUSE.rglob("*.py"))
    named = statements(path.relative_to(WAREHOUSE).as_posix())
    assert named
    assert [name for name in named if f'"{name}"' not in code] == []


def test_what_describes_a_statement_is_not_sent() -> None:
    name = "quarantine/report.sql"
    assert "-- Every quarantine" in (WAREHOUSE / name).read_text(encoding="utf-8")
    assert statements(name)["tables"].as_string().startswith("SELECT schemaname")


def test_reasons_are_grouped_without_what_differs_from_row_to_row(
    warehouse_db: str,
) -> None:
    query = sql.SQL("SELECT {} FROM unnest(%s::text[]) AS reason").format(reason_kind())
    texts = ['fee: "12,5" is not a number', 'line 7: "a;b" has 2 fields', "twice"]
    with psycopg.connect(warehouse_db) as connection:
        rows = connection.execute(query, [texts]).fetchall()
    assert [row[0] for row in rows] == ['fee: "…" is not a number', '"…" has 2 fields', "twice"]


def test_only_one_place_says_what_a_kind_of_reason_is() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FILES}
    of_reasons = re.compile(r"regexp_replace\((?:regexp_replace\()?reason")
    found = [name for name, text in written.items() if of_reasons.search(text)]
    assert found == ["report.sql"]
