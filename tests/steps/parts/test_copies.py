"""A part that needs a copy, and no room for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.errors import LakeUnavailable
from medallion.records import RecordLayout
from medallion.steps.parts.copies import readable, with_one_line_end

XML = RecordLayout(
    format="xml", own=(("record", "/a/r"), ("lists", "[]"), ("namespaces", "{}")), columns=()
)
LATIN = RecordLayout(format="csv", encoding="cp1252", columns=("a",))
FIXED = RecordLayout(format="fixed_width", columns=("a",), own=(("spans", "[[0, 3]]"),))


@pytest.mark.parametrize(
    ("layout", "content", "copy"),
    [
        (XML, b"<a><r>1</r></a>", "records.jsonl"),
        (LATIN, b"a\n\xe9\n", "utf-8"),
        (FIXED, b"abc\n", "normal.csv"),
    ],
    ids=lambda value: value.format if isinstance(value, RecordLayout) else "",
)
def test_a_full_disk_is_reported_as_one_and_the_task_is_tried_again(
    layout: RecordLayout, content: bytes, copy: str, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(content)
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / copy).symlink_to("/dev/full")
    with pytest.raises(
        LakeUnavailable, match="part cannot be copied for the engine: No space"
    ) as no:
        readable(tmp_path / "part", layout, tmp_path / "copies")
    assert no.value.retryable and "TMPDIR" in no.value.remedy


def test_the_same_of_a_copy_with_one_line_end(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"a\r\n1\n")
    (tmp_path / "one-line-end").symlink_to("/dev/full")
    layout = RecordLayout(format="csv", encoding="utf-8", columns=("a",))
    with pytest.raises(LakeUnavailable, match="No space"):
        with_one_line_end(tmp_path / "part", layout, tmp_path)
