"""What Python prints becomes the JSON of what Python reads, or its row goes to quarantine."""

from __future__ import annotations

import ast
import csv
import json
import random
from pathlib import Path
from typing import Any

from tests.cleaning.cleaned import cleaned

from medallion.cleaning.duckdb.naming import REASONS
from medallion.records import RecordLayout

LAYOUT = RecordLayout(format="csv", columns=("id", "a"))
WORDS = ("a", "b'c", 'd"e', "both ' and \"",
         "é", "千", "", "back\\slash", "\\'", "new\nline\t", "\x07",
         "\x85", "]", "{'", ", ", "None", "\\\\", "😀", "\\n", "a: 1", "\u200b", "/")  # fmt: skip
WRITTEN = (
    "[]", "{}", "['a', 'b']", '["it\'s"]', "[1, -2, 3.5, 1e+16, -0.0]", "[True, False, None]",
    "{'id': 1, 'names': ['a', None], 'in': {'x': {}}}", "[[1], [], [[2]]]", " [ 'a' ,\n'b' ] ",
    r"['\x41', 'A\'s', '\\', '\"', '\u00e9']", "()", "(1,)", "(48.85, -2.35)", "('a', ('b',))",
    "[('a', 1), (None,)]", "{'at': (1, [2, (3, 4)])}", "['(a', 'b)', '(1)']",
)  # fmt: skip
REFUSED = (
    "(1)", "('a')", "(,)", "(1]", "[1)", "([1], 2", "(1,))", "{(1, 2): 'a'}",
    "{'a', 'b'}", "[nan]", "[inf]", "b'a'", "[b'a']", "['a' 'b']", "['a'", "'a']",
    "[1_000]", "[0x1f]", "[01]", "{1: 'a'}",
    "{'a': 1, 'a': 2}", "[None, null]", "['a\\/b']", "[1 2]",
    "[datetime.date(2026, 1, 1)]", "['\\a']", "['\\101']", "[,]", "['a';]", "{'a'}", "array([1])",
    "[1,, 2]", "['\\N{BULLET}']", "[u'a']", "[1j]", "['\\x00']", "[...]", "x", "['\\ud800']",
)  # fmt: skip


def read(path: Path, texts: list[str], of_type: str, **said: object) -> list[Any]:
    """Each text's value as JSON reads it; None where its row goes to quarantine."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "a"])
        writer.writerows([number, text] for number, text in enumerate(texts))
    columns = {"a": {"type": of_type, "format": "python", "nullable": True, **said}}
    return cleaned(path, LAYOUT, columns)


def values(rows: list[dict[str, Any]]) -> list[Any]:
    return [json.loads(row["a"][1:]) if "a" in row else None for row in rows]


def test_json_columns_hold_what_python_reads(tmp_path: Path) -> None:
    made = random.Random(7)

    def some(depth: int) -> Any:
        kind = made.randrange(8 if depth else 6)
        if kind < 3:
            return "".join(made.choices(WORDS, k=made.randrange(4)))
        if kind < 6:
            return made.choice([None, True, False, made.randrange(-9, 10**12), made.random()])
        if kind == 6:
            found = [some(depth - 1) for _ in range(made.randrange(4))]
            return tuple(found) if made.random() < 0.3 else found
        return {
            "".join(made.choices(WORDS, k=2)): some(depth - 1) for _ in range(made.randrange(4))
        }

    texts = [*WRITTEN, *(repr(some(4)) for _ in range(1500))]
    found = values(read(tmp_path / "part", texts, "json"))
    wrong = [
        (text, json.loads(json.dumps(ast.literal_eval(text))), value)
        for text, value in zip(texts, found, strict=True)
        if json.loads(json.dumps(ast.literal_eval(text))) != value
    ]
    assert wrong == []


def test_arrays_are_lists_of_python(tmp_path: Path) -> None:
    texts = [repr(list(WORDS)), "['a', None]", "x", "['x'", "{'a': 1}", "('a')"]
    found = read(tmp_path / "part", texts, "text[]", null_values=[])
    assert [row.get("a") for row in found] == [list(WORDS), ["a", None], *[None] * 4]
    reason = "a: is not a list or a tuple as Python writes it"
    assert [row[REASONS] for row in found[2:]] == [[reason]] * 4
    numbers = read(tmp_path / "part", ["[1, 2]", "[1.5]"], "bigint[]", clean=["trim"])
    assert [row.get("a") for row in numbers] == [[1, 2], None]


def test_what_is_not_certain_goes_to_quarantine(tmp_path: Path) -> None:
    found = read(tmp_path / "part", list(REFUSED), "json")
    assert [text for text, row in zip(REFUSED, found, strict=True) if "a" in row] == []
    assert found[0][REASONS] == ['a: "(1)" is not a list, a tuple or a dict as Python writes it']


def test_a_text_in_a_document_is_read_too(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_text(json.dumps({"a": "[{'id': 1}]", "b": "['x']"}) + "\n")
    columns = {
        name: {"type": kind, "format": "python"} for name, kind in (("a", "json"), ("b", "text[]"))
    }
    (row,) = cleaned(part, RecordLayout(format="jsonl"), columns)
    assert (json.loads(row["a"][1:]), row["b"]) == ([{"id": 1}], ["x"])
