"""Gzip files that end in zeros are read to their end."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from medallion.records import RecordLayout
from medallion.sources.formats.compressions import has_padding
from medallion.steps.parts.copies import readable

SMALL = b"a,b\n1,2\n"
LARGE = SMALL + random.Random(1).randbytes(3_000_000)


@pytest.mark.parametrize("content", [SMALL, LARGE, b""], ids=["small", "large", "empty"])
@pytest.mark.parametrize("zeros", [1, 8, 512, 2_000_000])
def test_zeros_behind_the_end_are_found(tmp_path: Path, content: bytes, zeros: int) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(content))
    assert not has_padding(file)
    file.write_bytes(gzip.compress(SMALL) + gzip.compress(content))
    assert not has_padding(file)
    file.write_bytes(gzip.compress(SMALL) + gzip.compress(content) + b"\0" * zeros)
    assert has_padding(file)


def test_a_part_with_zeros_behind_it_is_read_from_a_copy(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    layout = RecordLayout(format="csv", compression="gzip", columns=("a", "b"))
    file.write_bytes(gzip.compress(SMALL))
    assert readable(file, layout, tmp_path)[0] == file
    file.write_bytes(gzip.compress(SMALL) + bytes(100))
    copy, unpacked = readable(file, layout, tmp_path)
    assert (copy.read_bytes(), unpacked.compression) == (SMALL, "none")
