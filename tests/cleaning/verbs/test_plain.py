from __future__ import annotations

import re
import string
import unicodedata
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from medallion.cleaning.declared.columns import VerbSpec
from medallion.cleaning.declared.types import TYPE_NAMES
from medallion.cleaning.verbs.chain import steps_of
from medallion.cleaning.verbs.plain import VERBS, Verb

EXAMPLES = [(verb, given, wanted) for verb in VERBS for given, wanted in verb.examples]


DUCK = duckdb.connect()
SOME = settings(max_examples=60)


@cache
def query_of(verb: str) -> str:
    query = exp.select(exp.alias_(exp.cast(exp.Placeholder(), "text"), "value"))
    for step in steps_of([VerbSpec(name=verb)]):
        query = exp.select(exp.alias_(step(exp.column("value")), "value")).from_(
            query.subquery("t")
        )
    return query.sql(dialect="duckdb")


def cleaned(verb: str, text: str | None) -> str | None:
    row = DUCK.execute(query_of(verb), [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("verb", "given", "wanted"), EXAMPLES, ids=[f"{v.name}-{g}" for v, g, _ in EXAMPLES]
)
def test_the_examples_are_true(verb: Verb, given: str, wanted: str) -> None:
    assert cleaned(verb.name, given) == wanted


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_null_stays_null(verb: Verb) -> None:
    assert cleaned(verb.name, None) is None


def test_the_documentation_has_every_verb_and_type(project_root: Path) -> None:
    page = (project_root / "docs" / "columns.md").read_text(encoding="utf-8")
    for verb in VERBS:
        assert f"| `{verb.name}` |" in page
    for name in TYPE_NAMES:
        assert f"`{name}" in page


@SOME
@given(words=st.lists(st.text(alphabet=string.ascii_letters + "éÀñ", min_size=1), min_size=1))
def test_titles_that_differ_in_punctuation_only_have_one_key(words: list[str]) -> None:
    plain = cleaned("title_key", " ".join(words))
    assert plain == cleaned("title_key", " –  ".join(words).upper().lower() + " !")
    assert plain and re.fullmatch("[a-z0-9]+", plain)


@SOME
@given(title=st.text(min_size=1, max_size=30))
def test_no_title_that_says_anything_has_an_empty_key(title: str) -> None:
    said = any(unicodedata.category(character)[0] not in "ZC" for character in title)
    assume("\0" not in title and said)
    assert cleaned("title_key", title)


@SOME
@given(
    amount=st.decimals(min_value=-(10**12), max_value=10**12, places=2),
    currency=st.sampled_from(["", "$", "€ ", "US$", "EUR "]),
    style=st.sampled_from([",.", ".,", " ,", "\u00a0,", "\u202f.", "'."]),
)
def test_an_amount_is_read_however_it_is_written(
    amount: Decimal, currency: str, style: str
) -> None:
    written = f"{abs(amount):,.2f}".translate({ord(","): style[0], ord("."): style[1]})
    for text in (f"{currency}{written}", f"{written} {currency.strip()}"):
        assert Decimal(cleaned("money", text) or "") == abs(amount)
        assert Decimal(cleaned("money", f"({text})") or "") == -abs(amount)
        assert Decimal(cleaned("money", f"-{text}") or "") == -abs(amount)


INVISIBLE = "\u180e\u200b\u2060\ufeff"
SEPARATORS_OF_FILES = "\x1c\x1d\x1e\x1f"
BLANKS = {
    chr(point) for point in range(0x110000) if chr(point).isspace()
}.union(INVISIBLE).difference(SEPARATORS_OF_FILES)  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "text", "wanted"), [("squeeze", "é{}{}b", "é b"), ("trim", "{}é{}", "é")]
)
def test_every_blank_of_unicode_is_one(verb: str, text: str, wanted: str) -> None:
    wrong = [b for b in BLANKS if cleaned(verb, text.format(b, b)) != wanted]
    alike = text.format("a", "b")
    assert wrong == []
    assert cleaned(verb, alike) == alike
