"""PostgreSQL's scanner and parser in this process: places in characters, nothing behind a NUL."""

from __future__ import annotations

import pytest

from medallion.sql.libpg_query import SqlSyntaxError, parse, scan


def test_tokens_have_their_places_in_characters() -> None:
    text = "select 'é''\n', $q$ :a -- $q$, E'\\'', \"ü\"\"b\", a::text /* /* :b */ */ -- :c"
    tokens = scan(text)
    assert [text[token.start : token.end] for token in tokens] == [t.text for t in tokens]
    assert [token.text for token in tokens if not token.is_comment] == [
        *("select", "'é''\n'", ",", "$q$ :a -- $q$", ",", "E'\\''", ",", '"ü""b"', ",", "a"),
        *("::", "text"),
    ]
    assert [token.text for token in tokens if token.is_comment] == ["/* /* :b */ */", "-- :c"]


def test_a_mistake_has_its_place() -> None:
    with pytest.raises(SqlSyntaxError) as refused:
        parse("select 'é' as a\nfrom where")
    assert (refused.value.offset, refused.value.message) == (
        21,
        'syntax error at or near "where"',
    )


@pytest.mark.parametrize("text", ["select 1\0; drop table x", "select '\ud800'"])
def test_what_c_would_not_see_is_refused(text: str) -> None:
    for read in (parse, scan):
        with pytest.raises(SqlSyntaxError, match="the text has a"):
            read(text)


def test_numbers_are_read_as_the_server_reads_them() -> None:
    (target,) = parse("select 1_000")[0]["stmt"]["SelectStmt"]["targetList"]
    assert target["ResTarget"]["val"]["A_Const"]["ival"]["ival"] == 1000
