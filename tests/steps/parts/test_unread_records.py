"""Messages that cannot be read are found by what they say of a person, however it is landed."""

from __future__ import annotations

import gzip
from pathlib import Path

from medallion.records import MESSAGES, RecordLayout
from medallion.sources.kafka.messages import Message, Spelling, write_line
from medallion.steps.clean.erased.people import words_of
from medallion.steps.parts.erased_records import Erasing, erase_records, why_not
from medallion.steps.parts.unread_records import find_unread_records

LAYOUT = RecordLayout(format="jsonl", compression="gzip", own=((MESSAGES, "kafka"),))
HEADER = ("from", b"ada@x.org"), ("from", b"\xff")
MESSAGES_OF_A_TOPIC = [
    {"key": b"ada@x.org", "value": b'{"problem": 1, "mail": "ada@x.org"}'},  # it can be read
    {"key": b"k", "value": b'mail=ada@x.org;"problem":'},
    {"key": b"k", "value": b"\xff ADA@x.org"},
    {"key": b"ada@x.org", "value": b"[]"},
    {"key": b"\xff ada@x.org", "value": b"nada@x.org"},
    {"key": b"k", "value": b"-", "headers": HEADER},
    {"key": b"k", "value": b"nada@x.org"},
]


def test_they_are_found_in_their_bytes_their_key_and_their_headers(tmp_path: Path) -> None:
    lines = [
        write_line(Message(partition=0, offset=at, milliseconds=None, **one), Spelling())[0]  # type: ignore[arg-type]
        for at, one in enumerate(MESSAGES_OF_A_TOPIC)
    ]
    part, target = tmp_path / "part", tmp_path / "target"
    part.write_bytes(gzip.compress(b"".join([*lines[:2], b"{}\n", *lines[2:]])))
    words = words_of(["ada@x.org"])
    assert words is not None
    is_about = lambda text: bool(words.search(text))  # noqa: E731
    found = find_unread_records(part, LAYOUT, (), is_about)
    assert found == {2, 4, 5, 6, 7}, "the third one is blank"
    assert not why_not(LAYOUT)
    erase_records(part, LAYOUT, target, Erasing(numbers=frozenset(found)))
    assert gzip.decompress(target.read_bytes()).splitlines(keepends=True) == [
        lines[0], *[b"{}\n"] * 6, lines[6],
    ]  # fmt: skip
    assert find_unread_records(target, LAYOUT, (), is_about) == set()


def test_of_json_lines_those_that_are_not_objects(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_text('{"note": "ada"}\n{"mail": "ada\n\n["ada"]\n"ada"\n[1]\n')
    layout = RecordLayout(format="jsonl")
    assert find_unread_records(part, layout, range(1, 6), lambda text: "ada" in text) == {2, 3, 4}
    assert find_unread_records(part, layout, {1, 4}, lambda text: "ada" in text) == {4}
