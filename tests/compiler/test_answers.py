"""Answers on their way from the guarded process."""

from __future__ import annotations

import pytest

from medallion.compiler.answers import read_answer, write_answer
from medallion.compiler.codec import encode


def test_an_answer_comes_as_it_went() -> None:
    text = encode(("a tab\t, a line\n, \u2028, \x00 and é", {"key": 1}))
    answer = {"plan": text, "attempt": encode(()), "facts": [["file", "\t\n", "é", ""]]}
    line = write_answer(answer)
    assert b"\n" not in line
    assert read_answer(line) == answer
    assert read_answer(write_answer({"ended": "time"})) == {"ended": "time"}


@pytest.mark.parametrize("line", [b"", b"[]", b"{}\tone", b"{}\t1\t2\t3", b"\xff", b"{"])
def test_what_is_no_answer_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        read_answer(line)
