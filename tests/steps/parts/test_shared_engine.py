"""One engine for many parts: each is read as by an engine of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cleaning.duckdb.readers.table import reader_of
from medallion.errors import DataRejected
from medallion.records import RecordLayout
from medallion.steps.parts.duckdb_engine import share_engine
from medallion.steps.parts.runners import OpenPart, Session

LAYOUT = RecordLayout(format="csv", columns=("id", "name"))


def write(folder: Path, name: str, *lines: str) -> Path:
    part = folder / name
    part.write_text("\n".join(("id,name", *lines, "")))
    return part


def query(part: Path) -> str:
    return reader_of(LAYOUT).read(str(part), LAYOUT).sql(dialect="duckdb")


def read(session: Session, part: Path) -> list[str]:
    batches = session.stream(query(part))
    return [str(value) for batch in batches for value in batch.column(0).to_pylist()]


def read_with(opener: OpenPart, part: Path) -> tuple[list[str], list[str]]:
    """The rows of a part, and its broken lines."""
    with opener(part, part.parent / "temporary", {}) as session:
        rows = read(session, part)
        return rows, [line.text for line in session.list_broken_lines()]


def test_broken_lines_are_those_of_the_part(tmp_path: Path) -> None:
    parts = [
        write(tmp_path, "1.csv", "1,a", "2"),
        write(tmp_path, "2.csv", "3,b"),
        write(tmp_path, "3.csv", "4,c,d", "5,e"),
    ]
    with share_engine(parts, tmp_path / "temporary", {}) as opener:
        found = [read_with(opener, part) for part in parts]
    assert found == [(["1"], ["2"]), (["3"], []), (["5"], ["4,c,d"])]


def test_an_error_ends_the_engine_and_the_next_part_has_another(tmp_path: Path) -> None:
    first, second = write(tmp_path, "1.csv", "1,a"), write(tmp_path, "2.csv", "2,b")
    with share_engine([first, second], tmp_path / "temporary", {}) as opener:
        with pytest.raises(DataRejected), opener(first, tmp_path / "temporary", {}) as session:
            list(session.stream("SELECT error('no')"))
        assert read_with(opener, second) == (["2"], [])


def test_it_may_read_the_parts_and_nothing_else(tmp_path: Path) -> None:
    part, other = write(tmp_path, "1.csv", "1,a"), write(tmp_path, "other.csv", "2,b")
    with share_engine([part], tmp_path / "temporary", {}) as opener:
        with (
            pytest.raises(DataRejected, match="ermission"),
            opener(part, tmp_path / "temporary", {}) as session,
        ):
            read(session, other)
        assert read_with(opener, other) == (["2"], [])  # a copy of a part has its own engine
