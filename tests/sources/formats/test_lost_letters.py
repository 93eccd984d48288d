"""U+FFFD in a file: a letter that was lost before the file came."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medallion.sources.file.source import FileSource
from medallion.sources.formats import lost_letters as module
from medallion.sources.formats.lost_letters import LostLetterWatch, count_lost_letters


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1000])
def test_they_are_counted_wherever_the_edges_of_chunks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    file = tmp_path / "a.csv"
    content = "id;é\n1;Am\ufffdlie\n2;\ufffd\ufffd\n".encode()
    file.write_bytes(content)
    monkeypatch.setattr(module, "CHUNK_BYTES", chunk)
    found = count_lost_letters(file, "none", "a.csv")
    assert (found.number, found.line) == (3, 2)
    watch = LostLetterWatch()
    for at in range(0, len(content), chunk):
        watch.feed(content[at : at + chunk])
    assert watch.seen
    other = LostLetterWatch()
    other.feed("é\uffed".encode())
    assert not other.seen


def test_the_landing_says_where_the_first_is(
    extract: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "id;name\n1;Am\ufffdlie\n"
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "c.csv").write_text("id;name\n1;Amélie\n")
    landed = extract(FileSource(type="file", path="[ac].csv"))
    assert landed.manifest.notes["lost_letters"] == [{"file": "a.csv", "number": 1, "line": 2}]
    extract(FileSource(type="file", path="b.csv.gz"))
    said = [record.message for record in caplog.records]
    assert said[0].startswith("a.csv, line 2: U+FFFD is where a letter was lost")
    assert said[1].startswith("b.csv.gz, line 2: U+FFFD")
    assert "lie" not in "".join(said)
    assert len(said) == 2


def test_values_are_shown_where_they_may_be(
    extract: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.csv").write_text("id;name\n1;Am\ufffdlie\n")
    extract(FileSource(type="file", path="a.csv"), shows_values=True)
    assert "before the file came: '1;Am\ufffdlie'; 1 in the file" in caplog.text
