"""Verbs with arguments: their examples, what the page says of them, and Python's own reading."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlglot import exp

from medallion.cleaning.declared.columns import VerbSpec
from medallion.cleaning.verbs.chain import steps_of
from medallion.cleaning.verbs.with_arguments import SET_ASIDE, WITH_ARGUMENTS

EXAMPLES = [
    (name, *example) for name, model in WITH_ARGUMENTS.items() for example in model.examples
]
DUCK = duckdb.connect()
SOME = settings(max_examples=80)
TEXT = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def cleaned(clean: list[Any], text: str | None, null_values: tuple[str, ...] = ()) -> str | None:
    query = exp.select(exp.alias_(exp.cast(exp.Placeholder(), "text"), "value"))
    for step in steps_of([VerbSpec.model_validate(verb) for verb in clean], null_values):
        query = exp.select(exp.alias_(step(exp.column("value")), "value")).from_(
            query.subquery("t")
        )
    row = DUCK.execute(query.sql(dialect="duckdb"), [text]).fetchone()
    assert row is not None
    found: str | None = row[0]
    return SET_ASIDE if found is not None and found.startswith("\0") else found


def of(name: str, arguments: dict[str, Any]) -> Any:
    return {name: arguments} if arguments else name


@pytest.mark.parametrize(("name", "arguments", "text", "wanted"), EXAMPLES)
def test_the_examples_are_true(
    name: str, arguments: dict[str, Any], text: str, wanted: str | None
) -> None:
    assert cleaned([of(name, arguments)], text) == wanted


@pytest.mark.parametrize(("name", "arguments", "text", "wanted"), EXAMPLES)
def test_null_stays_null(
    name: str, arguments: dict[str, Any], text: str, wanted: str | None
) -> None:
    assert cleaned([of(name, arguments)], None) is None


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_the_page_shows_every_verb_with_its_examples(project_root: Path, name: str) -> None:
    page = (project_root / "docs" / "columns.md").read_text(encoding="utf-8")
    model = WITH_ARGUMENTS[name]
    assert f"| `{name}` | {model.doc} |" in page
    for arguments, text, wanted in model.examples:
        row = f"| `{written(name, arguments)}` | {shown(text)} | {shown(wanted)} |"
        assert row in page


def written(name: str, arguments: dict[str, Any]) -> str:
    """As YAML in one line; a pipe is the end of a table's cell."""
    said = ", ".join(f"{key}: {in_yaml(value)}" for key, value in arguments.items())
    return f"{name}: {{{said}}}" if arguments else name


def in_yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {in_yaml(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_yaml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str) or value.isalpha():
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def shown(text: str | None) -> str:
    if text is None:
        return "NULL"
    if text == SET_ASIDE:
        return "quarantine"
    return f"`{text}`".translate({0xA0: "⍽", 0x202F: "⍽"}) if text else "(empty)"


def test_a_refused_text_passes_the_other_verbs_and_a_null_marker_is_not_refused() -> None:
    clean = [{"map": {"M": "male"}}, "upper", "digits", {"pad": {"length": 3}}]
    assert cleaned(clean, "X") == SET_ASIDE
    assert cleaned(clean, "n/a") == SET_ASIDE
    assert cleaned(["trim", {"map": {"M": "male"}}], "n/a", ("", "n/a")) is None


MARKS = st.sampled_from([(",", "."), (",", " "), (".", ","), (".", "'"), (",", "\u202f")])
AMOUNTS = st.decimals(min_value=-(10**15), max_value=10**15, places=4)


@SOME
@given(amount=AMOUNTS, marks=MARKS)
def test_a_number_is_read_as_it_was_written(amount: Decimal, marks: tuple[str, str]) -> None:
    decimal, thousands = marks
    text = f"{amount:,.4f}".translate({ord(","): thousands, ord("."): decimal})
    verb = {"number": {"decimal": decimal, "thousands": thousands}}
    assert Decimal(cleaned([verb], text) or "") == amount


@SOME
@given(text=st.text(alphabet="0123456789.,- '", max_size=9), marks=MARKS)
def test_a_number_is_refused_or_has_the_digits_of_its_text(
    text: str, marks: tuple[str, str]
) -> None:
    decimal, thousands = marks
    found = cleaned([{"number": {"decimal": decimal, "thousands": thousands}}], text)
    assert found is not None
    if found == SET_ASIDE:
        return
    # Python reads the same value once the marks are gone; and no other mark was passed over.
    sign = -1 if "-" in text else 1
    plain = "".join("." if c == decimal else c for c in text if c.isdigit() or c == decimal)
    assert Decimal(found) == sign * Decimal(plain)
    assert not set(text) - set("0123456789-") - {decimal, thousands, " "} or thousands == "'"
    assert cleaned([{"number": {}}], found) == found


@SOME
@given(share=st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_percentage_is_its_share_to_the_last_digit(share: Decimal) -> None:
    assert Decimal(cleaned(["percent"], f"{share * 100:f} %") or "") == share


@SOME
@given(text=TEXT, by=st.sampled_from([";", ", ", "é"]), take=st.sampled_from([1, 2, -1, -2]))
def test_split_gives_the_part_that_python_gives(text: str, by: str, take: int) -> None:
    parts = text.split(by)
    found = cleaned([{"split": {"by": by, "take": take}}], text)
    if abs(take) > len(parts):
        assert found == SET_ASIDE
    else:
        assert found == parts[take - 1 if take > 0 else take]


@SOME
@given(text=TEXT, old=st.sampled_from(["a", "-", "é", "ab"]), new=TEXT)
def test_a_text_is_replaced_as_python_does(text: str, old: str, new: str) -> None:
    assert cleaned([{"replace": {"text": old, "with": new}}], text) == text.replace(old, new)


@SOME
@given(text=st.sampled_from(["M", "F", "m", "X", ""]) | TEXT, missing=st.sampled_from(
    ["quarantine", "keep", "null"]))  # fmt: skip
def test_a_map_changes_what_it_lists_and_loses_nothing_else(text: str, missing: str) -> None:
    values = {"M": "male", "F": "female"}
    found = cleaned([{"map": {"values": values, "missing": missing}}], text)
    otherwise = {"quarantine": SET_ASIDE, "keep": text, "null": None}[missing]
    assert found == values.get(text, otherwise)


@SOME
@given(text=TEXT, length=st.integers(1, 20))
def test_a_code_is_padded_as_python_does(text: str, length: int) -> None:
    wanted = text.rjust(length, "0") if text else ""
    assert cleaned([{"pad": {"length": length, "with": "0"}}], text) == wanted


VERBS_ONCE = ["trim", "squeeze", "lower", "upper", "capitalize", "nfc", "strip_accents", "digits"]


@SOME
@given(verb=st.sampled_from(VERBS_ONCE), text=TEXT)
def test_a_verb_applied_twice_changes_nothing_more(verb: str, text: str) -> None:
    once = cleaned([verb], text)
    assert once is not None
    assert cleaned([verb], once) == once


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("replace", {"text": "a", "pattern": "a", "with": ""}),
        ("split", {"by": ";", "take": 0}),
        ("number", {"decimal": ",", "thousands": ","}),
        ("number", {"decimal": "5"}),
        ("boolean", {"true_values": ["ja"]}),
        ("boolean", {"true_values": ["x"], "false_values": ["X"]}),
        ("map", {}),
        ("pad", {"length": 5, "with": "00"}),
    ],
)
def test_arguments_that_make_no_sense_are_refused(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WITH_ARGUMENTS[name].model_validate(arguments)
