"""A regular expression means one thing: to RE2 on bronze, to PostgreSQL on silver, to the cleaning
verbs, and to Python, which shares no code with them. Or it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import psycopg
import pytest

from medallion.checks.pattern_reader import POSTGRES, RE2, PatternRefused, write_for
from medallion.spec.rules.verbs import misread
from medallion.steps.gate.regex_matching import match_texts

PATTERNS = r"""
a
^a
a$
^a$
^$
^.$
^.+$
.b
a.c
a\.c
a|b
^(a|b)$
^a|b$
(a|)b
()
(|a)
^(ab)+$
^(?:ab)*$
^(?P<year>\d{4})-\d{2}$
^(?<year>[0-9]{4})
^((a|b)c)?d$
^a?b*c+$
^a*?b+?c??$
^a{2}$
^a{2,}$
^a{0,3}$
^a{1,2}?b
^[A-Z]{0,3}$
(a{2}){3}
(ab{1,2}){2}
[abc]
[^abc]
^[^\n]+$
[a-c-]
[-a]
[a\-c]
[]a]
[^]a]
[.]
[$^]
[\]\\[]
[a-z0-9_]
[^\d]
[^\W\d]
[\d.,]+
[\s\S]
^[\D]+$
^[\w.+-]+@[\w-]+\.[a-z]{2,}$
[[:alpha:]]
^[[:digit:][:space:]]+$
[^[:alnum:]]
[[:upper:]][[:lower:]]
[[:punct:]]
^[[:xdigit:]]+$
\d
^\d+$
^\D+$
\w+
^\w+$
\W
\s
^\S+$
\bab\b
\bé
\Bb
\b
^\B
\yab\y
\Y
\x41
\x41b
^\x41b$
\x{41}b
é
\u00e9
\U0001F600
[\x41-\x43]
[à-ÿ]
^[A-Za-zÀ-ÿ' -]+$
\t
\n
a\nb
\r$
\f
\A
^a\Z
a\z
\(
\)
\{
\}
}
]
a]
{1}
\[a\]
\^a
\$
\+\*\?
\|
\\
\/
\-
\"
'
#
a b
~!@%&_=:;<>,
%
\%
$x
\$x
^\$
(?i)ab
(?i)^[a-c]+$
(?i)é
(?i)k
(?i)straße
(?i:a)b
a(?i:b)
(?s)^.+$
(?s:a.b)
(?is)A.B
^(?=a)
^(?!a)
(?<=a)b
(?<!a)b
^(?=.*b)(?=.*a)
(a)\1
^(.)(.)\2\1$
\mab
ab\M
a{,3}
^[A-Z]{,3}$
a{2
a{x}
{
a++
a*+
a?+
a{2}+
a**
a{2}{3}
^*
$+
\b*
*a
|*
(*)
a{256}
a{3,2}
((a{100}){100}){100}
(
)
(a
a)
[
[a
[]
[z-a]
[a-\d]
[[:alfa:]]
[[:<:]]
[[.a.]]
[[=a=]]
[\b]
\
a\
\p{L}
\pL
[\p{L}]
\X
\R
\K
\G
\h
\Q.\E
\C
\e
\c
\cA
\0
\8
\1
(a)\12
\x4
\x{110000}
\ud800
\_
\i
\j
(?#a)
(?>a)
(?P=a)
(?P>a)
(?1)
(?|a)
(?m)^a
(?x)a b
(?u)a
(?a)a
(?-i)a
(?i-s)a
a(?i)b
(?
(?i
(?z:a)
[[:word:]]
[a&&b]
[a--b]
[a||b]
[a~~b]
***:a
***=a.c
""".strip("\n").split("\n")
BREAKS = ["a\nb$", "[^\n]+", "^[\t ]$", "a\tb", "(?i)[^a]\n"]
TEXTS = [
    "", "a", "b", "A", "ab", "aB", "AB", "abc", "aab", "aaa", "aaaaaa", "a.c", "abab", "abba",
    "bab", "AAAA", "Ab1", "A41", "Axb", "7", "2024-05", "2024-05-06", "a b", " ab ", "a\nb",
    "ab\n", "\n", "a\tb", "\t", "\r", "x\r", "a\r\n", "\f", "é", "É", "été", "ab é", "éab",
    "déjà vu", "O'Brien-Ünal", "straße", "STRASSE", "STRAßE", "k", "K", "\u212a", "s", "\u017f",
    "ı", "😀", "☃", "٣", "a@b.co", "first.last+x@host-1.example", "{", "{1}", "a{,3}", "a{x}",
    "a{2", "}", "]", "a]", "[a]", "^a", "$", "$x", "+*?", "|", "\\", "/", "-", "\"", "'", "#",
    "%", "_", "~!@%&_=:;<>,", "1,234.5", "0xFF", "\b", "\a", "\x1b", "dc", "bcd", "acd", "d",
    "AaBbCc", "\xa0", "\u2028", "\x0b", "a-b", "aa-bb", "&", "a&",
]  # fmt: skip


def accepted(engine: object) -> dict[str, str]:
    """The patterns that an engine is given, and how."""
    found = {}
    for pattern in (*PATTERNS, *BREAKS):
        try:
            found[pattern] = write_for(engine, pattern)  # type: ignore[arg-type]
        except PatternRefused as refused:
            assert refused.remedy
    return found


@pytest.fixture(scope="module")
def by_postgres(pg_url: str) -> dict[str, list[bool]]:
    written = accepted(POSTGRES)
    with psycopg.connect(pg_url) as connection:
        rows = connection.execute(
            "SELECT p.i, array_agg(t.text ~ p.pattern ORDER BY t.i)"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS p (pattern, i),"
            " unnest(%s::text[]) WITH ORDINALITY AS t (text, i) GROUP BY p.i ORDER BY p.i",
            [list(written.values()), TEXTS],
        ).fetchall()
    return {pattern: found for pattern, (_, found) in zip(written, rows, strict=True)}


@pytest.fixture(scope="module")
def by_re2() -> dict[str, list[bool]]:
    written = accepted(RE2)
    return dict(zip(written, match_texts(TEXTS, list(written.values())), strict=True))


def differing(left: dict[str, list[bool]], right: dict[str, list[bool]]) -> Iterator[str]:
    for pattern in left.keys() & right.keys():
        texts = zip(TEXTS, left[pattern], right[pattern], strict=True)
        if wrong := [text for text, one, other in texts if one != other]:
            yield f"{pattern}: {wrong}"


def test_bronze_and_silver_read_a_pattern_alike(
    by_re2: dict[str, list[bool]], by_postgres: dict[str, list[bool]]
) -> None:
    assert sorted(differing(by_re2, by_postgres)) == []
    assert len(by_re2) > 100
    assert by_re2.keys() < by_postgres.keys()


def test_cleaning_reads_a_pattern_as_the_checks_do(by_re2: dict[str, list[bool]]) -> None:
    found = {}
    with duckdb.connect() as connection:
        for pattern in (*PATTERNS, *BREAKS):
            asked = "SELECT regexp_matches(text, ?) FROM (SELECT unnest(?::text[]) AS text)"
            try:
                rows = connection.execute(asked, [pattern, TEXTS]).fetchall()
            except duckdb.Error:
                continue
            if not misread(pattern):
                found[pattern] = [row[0] for row in rows]
    assert sorted(differing(found, by_re2)) == []
    assert len(found.keys() & by_re2.keys()) > 90


@pytest.mark.filterwarnings("ignore:Possible:FutureWarning")
def test_pythons_engine_finds_the_same_matches(by_postgres: dict[str, list[bool]]) -> None:
    """But for a `$` before a last line break, a vertical tab, and no edge in an empty text."""
    beyond = ("", "\x0b")
    found = {}
    for pattern, matches in by_postgres.items():
        try:
            compiled = re.compile(pattern, re.ASCII if "(?i" not in pattern else 0)
        except re.error:
            continue
        if "[:" not in pattern:
            found[pattern] = [
                one if text.endswith("\n") or text in beyond else bool(compiled.search(text))
                for text, one in zip(TEXTS, matches, strict=True)
            ]
    assert sorted(differing(found, by_postgres)) == []
    assert len(found) > 90


def test_a_text_that_makes_others_go_back_and_forth_is_read_once() -> None:
    text = "a" * 50_000 + "b"
    assert list(match_texts([text], ["^(a+)+$", "(a*)*c"])) == [[False], [False]]
    assert list(match_texts(["\ud800"], ["^.$"])) == [[True]]
