"""A word of a source is held against each file: a later one that is no longer as the word says is
refused, or warned about, with the place. The file before it is read without a word."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.sources.file.later_files import CASES, DIGITS, LOST, Later

from medallion.errors import DataRejected, SourceRefused
from medallion.sources.file.source import FileSource

EVERY = {**{" of ".join(key): case for key, case in CASES.items()}, **DIGITS,
         **{f"a lost letter in {name}": case for name, case in LOST.items()}}  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_a_later_file_that_is_no_longer_so_is_noticed(
    extract: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    case = EVERY[name]
    for file, content in case.beside.items():
        (tmp_path / file).write_bytes(content)
    assert land(case, case.first, extract, tmp_path, caplog) == ([], "")
    warnings, refusal = land(case, case.later, extract, tmp_path, caplog)
    found = [refusal] if case.refused else warnings
    assert any(case.expected in line for line in found), (warnings, refusal)


def land(
    case: Later,
    content: bytes,
    extract: Callable[..., Any],
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> tuple[list[str], str]:
    """The warnings of a landing, and why it was refused, if it was."""
    (folder / case.name).write_bytes(content)
    source = FileSource.model_validate(
        {"type": "file", "path": case.path or case.name, **case.said}
    )
    caplog.clear()
    refusal = ""
    try:
        extract(source)
    except (SourceRefused, DataRejected) as error:
        refusal = f"{error.problem} ({error.remedy})"
        assert error.remedy
    return [one.message for one in caplog.records if one.levelno == logging.WARNING], refusal
