"""Entries of a log: what the server has written, and nothing that somebody made to look like it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from medallion.operations.access.entries import MARK, read_entry, split_entries

APPLICATION = "psql".ljust(64)


def line(text: str, *, level: str = "LOG", application: str = APPLICATION, user: str = "bi") -> str:
    return (
        f"{MARK}2026-11-29 17:25:05.123 UTC|6a1b2c3d.1f4|7|00000|10.0.0.7(51234)|{application}"
        f"|warehouse|{user}|{level}:  {text}"
    )


def test_an_entry_says_who_when_and_from_where() -> None:
    entry = read_entry(line("statement: select 1\n\tfrom t").encode())
    assert entry is not None
    assert (entry.user, entry.database, entry.client) == ("bi", "warehouse", "10.0.0.7")
    assert (entry.application, entry.session) == ("psql", "6a1b2c3d.1f4")
    assert entry.at == datetime(2026, 11, 29, 17, 25, 5, 123000, UTC)
    assert entry.statements == ("select 1\nfrom t",)


def test_the_name_of_what_was_prepared_hides_nothing() -> None:
    entry = read_entry(line("execute x: select 1 --: select * from gold_a.b").encode())
    assert entry is not None
    assert "select * from gold_a.b" in entry.statements
    again = read_entry(line("execute fetch from x: select 1").encode())
    assert again is not None
    assert again.statements == ()


def test_the_name_of_an_application_hides_nothing() -> None:
    name = "x|warehouse|other|LOG:  statement: select 1 --".ljust(64)
    entry = read_entry(line("statement: select 2", application=name).encode())
    assert entry is not None
    assert (entry.user, entry.statements) == ("bi", ("select 2",))


def test_no_name_of_a_login_is_long_enough_for_an_entry() -> None:
    assert len(MARK) + len("2026-11-29 17:25:05.123 UTC") > 63
    forged = f"\n{MARK}2026-11-29"[:63]
    entries, _ = split_entries(
        line("password failed", level="FATAL", user=forged).encode() + b"\n", is_whole=True
    )
    assert [read_entry(one) for one in entries] == [None, None]


def test_a_tab_is_before_each_line_of_a_text_but_the_first() -> None:
    text = "statement: select 1\n\t" + line("statement: select * from gold_a.b")
    entries, size = split_entries(text.encode() + b"\n", is_whole=True)
    assert len(entries) == 1
    whole = (line(text) + "\n" + line("statement: select 2") + "\nhalf a li").encode()
    entries, size = split_entries(whole, is_whole=True)
    assert (len(entries), whole[size:]) == (2, b"half a li")
    entries, size = split_entries(whole, is_whole=False)
    assert (len(entries), whole[size:].startswith(MARK.encode())) == (1, True)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"a line of something else",
        MARK.encode(),
        line("x").replace("UTC", "CEST").encode(),
        line("x").replace("2026-11-29", "2026-13-29").encode(),
        line("x").replace("6a1b2c3d.1f4", "zz").encode(),
        line("x").replace("warehouse|", "ware|house|").encode(),
    ],
)
def test_anything_else_is_none(raw: bytes) -> None:
    assert read_entry(raw) is None


def test_bytes_that_are_no_text_are_passed_on_as_something() -> None:
    entry = read_entry(line("statement: select '").encode() + b"\xff\x01\x00' from gold_a.b")
    assert entry is not None
    assert entry.statements[0].endswith("from gold_a.b")
