"""What is written for each engine, and what is refused with what to write instead. That the engines
then read the same is tested where they run: tests/steps/gate/test_regex_matching.py.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion.checks.pattern_reader import POSTGRES, RE2, PatternRefused, write_for

WRITTEN = [
    (r"^[A-Z]{0,3}$", r"^[A-Z]{0,3}$", r"^[A-Z]{0,3}$"),
    (r"\d+", "[0-9]+", "[0-9]+"),
    (r"[^\W\d]", r"[^\x01-@\[-\^`\{-\x7f]", None),
    (".", r"[^\n]", r"[^\n]"),
    ("(?s).", "(?s:.)", "(?:.)"),
    (r"\x41b\.\u2603", r"Ab\.☃", r"Ab\.☃"),
    (r"\Aa\z", "^a$", "^a$"),
    ("(?P<y>a)(?:b)*?", "(a)(?:b)*?", "(a)(?:b)*?"),
    ("(?i)a1é", "[Aa]1[Éé]", "[Aa]1[Éé]"),
    ("(?i:k)k", "(?:[Kk\u212a])k", "(?:[Kk\u212a])k"),
    (r"\bx", r"\bx", None),
    ("]}", r"\]\}", r"\]\}"),
]


@pytest.mark.parametrize(("pattern", "re2", "postgres"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_a_pattern_is_written_as_the_engine_takes_it(
    pattern: str, re2: str, postgres: str | None
) -> None:
    if "W" not in pattern:  # the rest of all characters, which ends far beyond what can be shown
        assert write_for(RE2, pattern) == re2
    if postgres is not None:
        assert write_for(POSTGRES, pattern) == postgres


REFUSED = [
    ("a{,3}", "begins no count", "write {0,n} for at most n times"),
    ("a{2", "begins no count", r"\{ for the character"),
    ("{", "{ repeats nothing", r"write \{"),
    ("a++", "++ is possessive", "leave the last + out"),
    ("a{2}{3}", "{2} is repeated itself", "put what it repeats in ( )"),
    ("^*", "* repeats a place", "leave it out"),
    ("a{256}", "counts above 255", "use * or +"),
    ("a{3,2}", "begins above its end", "swap the numbers"),
    ("((a{200}){200})", "counts within counts come to 40000", "keep them to 1000"),
    ("a{200}b{200}" * 6, "its counts repeat too much", "lower the counts"),
    ("a" * 1001, "it has 1001 characters", "at most 1000"),
    ("(" * 60 + ")" * 60, "groups are 50 deep", "write it with fewer"),
    ("(a", "a ( is not closed", r"write \( for the character"),
    ("a)", "a ) closes nothing", r"write \) for the character"),
    ("[a", "a [ is not closed", r"write \[ for the character"),
    ("[z-a]", "a range from z", r"write \- for -"),
    ("[[:alfa:]]", "begins no class", r"write \[ for the character"),
    (r"[^\s\S]", "a bracket that no character matches", "leave it out"),
    ("a\\", "it ends with a \\", r"write \\ for the character"),
    (r"\p{L}", "not the same to every engine", "[A-Za-zÀ-ÿ] for letters"),
    (r"\Q.\E", "not the same to every engine", "write Q"),
    (r"\ud800", "is not a character", "correct the number"),
    ("a\0", "NUL", "leave it out"),
    ("(?m)^a", "the flag m is not one of i, s", "needs none"),
    ("a(?i)b", "a group that begins with (?", "at the very beginning"),
    ("(?>a)", "a group that begins with (?>", "write ( or (?:"),
    ("(?i)[\u4e00-\u9fff]", "cannot be taken in any case", "outside of (?i)"),
]


@pytest.mark.parametrize(("pattern", "problem", "remedy"), REFUSED)
def test_what_engines_read_differently_is_refused(pattern: str, problem: str, remedy: str) -> None:
    for engine in (RE2, POSTGRES):
        with pytest.raises(PatternRefused) as refused:
            write_for(engine, pattern)
        assert problem in refused.value.problem
        assert remedy in refused.value.remedy


@settings(max_examples=300)
@given(st.text("ab^$.*+?{}[](),|\\-:=!<>isdwbpxPQ0123é\n", max_size=12))
def test_any_text_is_written_or_refused(pattern: str) -> None:
    for engine in (RE2, POSTGRES):
        try:
            once = write_for(engine, pattern)
        except PatternRefused as refused:
            assert refused.problem and refused.remedy
        else:
            assert isinstance(once, str)
