"""Entries of a log of JSON: what a client has sent is a value in them, whatever it looks like."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from medallion.operations.access.json_entries import read_json_entries, split_lines

ENTRY = {
    "timestamp": "2026-11-29 17:25:05.123 UTC",
    "user": "bi",
    "dbname": "warehouse",
    "pid": 500,
    "remote_host": "10.0.0.7",
    "remote_port": 51234,
    "session_id": "6a1b2c3d.1f4",
    "line_num": 7,
    "error_severity": "LOG",
    "message": "statement: select 1\n\tfrom t",
    "application_name": "psql",
}


def raw(**changed: object) -> bytes:
    said = {key: value for key, value in {**ENTRY, **changed}.items() if value is not None}
    return json.dumps(said, ensure_ascii=False).encode()


def test_an_entry_says_who_when_and_from_where() -> None:
    (entry,) = read_json_entries(raw())
    assert (entry.user, entry.database, entry.client) == ("bi", "warehouse", "10.0.0.7")
    assert (entry.application, entry.session, entry.code) == ("psql", "6a1b2c3d.1f4", "00000")
    assert entry.at == datetime(2026, 11, 29, 17, 25, 5, 123000, UTC)
    assert entry.statements == ("select 1\n\tfrom t",)


def test_what_belongs_to_a_message_comes_behind_it() -> None:
    entries = read_json_entries(
        raw(
            error_severity="ERROR",
            state_code="42501",
            message="permission denied",
            context="PL/pgSQL function x()",
            statement="select * from gold_a.b",
        )
    )
    assert [(one.level, one.text) for one in entries] == [
        ("ERROR", "permission denied"),
        ("CONTEXT", "PL/pgSQL function x()"),
        ("STATEMENT", "select * from gold_a.b"),
    ]
    assert [one.is_refusal for one in entries] == [True, False, False]
    _, detail = read_json_entries(raw(message="statement: execute q", detail="prepare: select 1"))
    assert detail.prepared == "select 1"


def test_a_background_process_has_neither_login_nor_database() -> None:
    (entry,) = read_json_entries(raw(user=None, dbname=None, remote_host=None))
    assert (entry.user, entry.database, entry.client) == ("", "", "")


def test_what_no_database_keeps_is_replaced() -> None:
    (entry,) = read_json_entries(
        raw().replace(b'"10.0.0.7"', rb'"10\u0000\ud800"').replace(b'"psql"', b'"\xff\xfe"')
    )
    assert (entry.client, entry.application) == ("10\ufffd?", "\ufffd\ufffd")
    (entry,) = read_json_entries(raw(remote_host="h" * 300, application_name="a" * 300))
    assert (len(entry.client), len(entry.application)) == (100, 64)


def test_a_line_is_an_entry_and_what_has_no_end_waits() -> None:
    forged = raw(message=f"statement: select 1 /*\n{raw().decode()}\n*/")
    content = forged + b"\n" + raw() + b"\n" + b'{"timestamp": "half'
    lines, taken = split_lines(content)
    assert (lines, content[taken:]) == ([forged, raw()], b'{"timestamp": "half')
    assert [len(read_json_entries(one)) for one in lines] == [1, 1]
    assert split_lines(b"half") == ([], 0)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"no json",
        b"[]",
        b"[" * 100_000,
        b"7" * 10_000,
        raw(timestamp=7),
        raw(timestamp="2026-11-29 17:25:05.123 CEST"),
        raw(timestamp="2026-13-29 17:25:05.123 UTC"),
        raw(session_id=None),
        raw(error_severity=["LOG"]),
    ],
)
def test_anything_else_is_none(line: bytes) -> None:
    assert read_json_entries(line) == ()
