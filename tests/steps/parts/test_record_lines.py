"""The lines of some records are found in one pass, and a long one is not held."""

from __future__ import annotations

import gzip
from pathlib import Path

from medallion.records import RecordLayout
from medallion.steps.parts.record_lines import LONGEST_TEXT, find_record_lines

FAR = 5 * LONGEST_TEXT


def test_blank_lines_are_counted_as_lines_alone(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(gzip.compress(b"\n \t\r\none\r\n\ntwo\nthree\n\n" + b" " * FAR + b"\nfour"))
    layout = RecordLayout(format="jsonl", compression="gzip")
    found = find_record_lines(part, layout, [1, 3, 4])
    assert [(one.number, one.line, one.text) for one in found] == [
        (1, 3, "one"),
        (3, 6, "three"),
        (4, 9, "four"),
    ]
    assert list(find_record_lines(part, layout, [])) == []


def test_a_long_line_is_cut_and_one_behind_blanks_is_found(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_text(f"{'a' * FAR}\n{' ' * FAR}b\n{'😀' * LONGEST_TEXT}\n{'😀' * FAR}\nlast")
    texts = [one.text for one in find_record_lines(part, RecordLayout(format="jsonl"), range(1, 6))]
    assert texts[0] == f"{'a' * LONGEST_TEXT}…"
    assert texts[1].strip() == "b"
    assert texts[2:] == ["😀" * LONGEST_TEXT, f"{'😀' * LONGEST_TEXT}…", "last"]
