"""What a database's column becomes: its declaration first, its values where that says less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from medallion.workbench.inference.database_columns import reading_of
from medallion.workbench.inference.readings import Hints
from medallion.workbench.inference.sample import Declared, Field

COLUMNS: list[tuple[str, str, Sequence[str], Mapping[str, Any]]] = [
    ("bigint", "BIGINT", ["1", "2"], {"type": "bigint"}),
    ("int unsigned", "UINTEGER", ["1"], {"type": "bigint"}),
    ("numeric(12,2)", "DECIMAL(12,2)", ["1.50"], {"type": "decimal(12,2)"}),
    ("numeric", "VARCHAR", ["1.5", "0.125"], {"type": "decimal(18,3)"}),
    ("numeric", "VARCHAR", [], {"type": "decimal(38,10)"}),
    ("character varying(9)", "VARCHAR", ["75001", "1"], {"type": "text"}),
    ("text", "VARCHAR", ["2026-01-31"], {"type": "date"}),
    ("character(3)", "VARCHAR", ["a  ", "abc"], {"type": "text", "clean": ["trim"]}),
    ("enum('1','2')", "VARCHAR", ["1", "2"], {"type": "text"}),
    ("jsonb", "VARCHAR", ["1"], {"type": "json"}),
    ("uuid", "VARCHAR", ["x"], {"type": "uuid"}),
    ("tinyint(1)", "TINYINT", ["0", "1"], {"type": "boolean"}),
    ("tinyint(1)", "TINYINT", ["0", "2"], {"type": "smallint"}),
    ("BOOLEAN", "BIGINT", ["1"], {"type": "boolean"}),
    ("time", "VARCHAR", ["10:00:00"], {"type": "time"}),
    ("time", "VARCHAR", ["100:00:00"], {"type": "text"}),
    ("inet", "VARCHAR", ["10.0.0.1"], {"type": "text"}),
    ("NUMERIC(10,2)", "DOUBLE", ["12.5", "0.99"], {"type": "decimal(10,2)"}),
    ("numeric(10, 2)", "BIGINT", ["12", "7"], {"type": "decimal(10,2)"}),
    ("NUMERIC(4,2)", "DOUBLE", ["123.125"], {"type": "decimal(18,3)"}),
    ("decimal", "DOUBLE", ["1.5", "0.125"], {"type": "decimal(18,3)"}),
    ("numeric", "BIGINT", ["1", "2"], {"type": "bigint"}),
    ("numeric(10,2)", "DOUBLE", ["0.30000000000000004"], {"type": "double"}),
    ("numeric(10,2)", "DOUBLE", ["inf"], {"type": "double"}),
    ("real", "DOUBLE", ["1.5"], {"type": "double"}),
    ("", "VARCHAR", ["7", "x"], {"type": "text"}),
]


@pytest.mark.parametrize(("declared", "held", "texts", "said"), COLUMNS)
def test_a_column_is_what_its_database_says(
    declared: str, held: str, texts: Sequence[str], said: Mapping[str, Any]
) -> None:
    found = reading_of(field(declared, held, texts), Hints())
    assert found.said == said
    assert found.evidence.startswith(f"{declared or 'no type'} in the database; ")


def test_nulls_and_comments_are_the_databases() -> None:
    nullable = field("text", "VARCHAR", ["a"], nullable=True, comment="What it is.")
    assert reading_of(nullable, Hints()).said == {
        "type": "text",
        "nullable": True,
        "description": "What it is.",
    }
    empty_text = field("text", "VARCHAR", ["a", ""])
    assert reading_of(empty_text, Hints()).said == {"type": "text"}


def field(declared: str, held: str, texts: Sequence[str], **more: Any) -> Field:
    said = Declared(**{"type": declared, "nullable": False, **more})
    found = Counter(text for text in texts if text)
    return Field(name="x", records=len(texts), texts=dict(found), held=held, declared=said)
