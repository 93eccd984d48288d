"""Where texts, quoted names and comments start and end in each dialect."""

from __future__ import annotations

from contextlib import suppress

import pytest

from medallion.sql.problem import QueryNotRead
from medallion.sql.tokens import COMMENT, LEXES, QUOTED, pieces_of

QUOTES = [
    ("", "select 'it''s' as \"a\"\"b\" -- 'x'\n/* \" */", ["'it''s'", '"a""b"']),
    ("", r"select '\' as a, 'b'", [r"'\'", "'b'"]),
    ("mysql", r"select 'it\'s', `a``b`, # 'x'" + "\n" + r'"\"", 5--3, 1 -- x', [
        r"'it\'s'", "`a``b`", r'"\""',
    ]),
    ("postgres", r"select E'\'' 'a', $$ ' $$, $q$ $$ $q$, a$b$, /* /* ' */ ' */ 'b'", [
        r"E'\''", "'a'", "$$ ' $$", "$q$ $$ $q$", "'b'",
    ]),
    ("postgres", "select e'a'\n  '\\'b', name'x'", ["e'a'\n  '\\'b'", "'x'"]),
    ("tsql", "select [a]]b'], 'x'", ["[a]]b']", "'x'"]),
    ("oracle", "select q'[it's]', nQ'!a!', 'x' from dual", ["q'[it's]'", "nQ'!a!'", "'x'"]),
    ("sqlite", "select `a`, [b], 'c'", ["`a`", "[b]", "'c'"]),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "text", "quoted"), QUOTES)
def test_what_is_quoted_is_found_whole(dialect: str, text: str, quoted: list[str]) -> None:
    pieces = pieces_of(text, LEXES[dialect])
    assert [piece.text for piece in pieces if piece.kind == QUOTED] == quoted
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces)


def test_comments_are_pieces_of_their_own() -> None:
    pieces = pieces_of("select 1 -- a; b\n /* c; */", LEXES["postgres"])
    assert [piece.text for piece in pieces if piece.kind == COMMENT] == ["-- a; b", "/* c; */"]


@pytest.mark.parametrize(
    ("dialect", "text"),
    [("", "select\n 'a"), ("", 'select\n "a'), ("mysql", "select\n `a"), ("", "select\n /* a"),
     ("postgres", "select\n /* /* a */")],
)  # fmt: skip
def test_what_does_not_end_has_its_place(dialect: str, text: str) -> None:
    with pytest.raises(QueryNotRead) as refused:
        pieces_of(text, LEXES[dialect])
    assert (refused.value.problem.line, refused.value.problem.column) == (2, 2)


@pytest.mark.parametrize("dialect", LEXES)
@pytest.mark.parametrize(
    "opening", ["'", "[", "`", "$a$ ", "q'[", "/*", "e'a' -- ", "''", "\\'", "- "], ids=str
)
def test_reading_goes_through_a_text_once(dialect: str, opening: str) -> None:
    """Far from the time limit of a test, which a pattern that goes back would reach."""
    with suppress(QueryNotRead):
        pieces_of("select " + opening * 20_000 + "\nx", LEXES[dialect])
