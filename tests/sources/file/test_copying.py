"""Files copied into a part while they are looked at."""

from pathlib import Path
from threading import Event

import pytest

from medallion.errors import LakeUnavailable
from medallion.sources.file.copying import LARGE_BYTES, copying
from medallion.sources.formats.compressions import CHUNK_BYTES


class Part:
    """Keeps what it is given; after `most` chunks it writes no more."""

    def __init__(self, most: int | None = None) -> None:
        self.chunks: list[bytes] = []
        self.most = most
        self.written = Event()

    def write(self, chunk: bytes) -> None:
        if len(self.chunks) == self.most:
            raise LakeUnavailable("the disk is full", remedy="make room")
        self.chunks.append(chunk)
        self.written.set()


@pytest.fixture(params=[10, LARGE_BYTES + CHUNK_BYTES // 2], ids=["small", "large"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_bytes(bytes(range(256)) * (request.param // 256) + b"the end")
    return path


def test_every_byte_is_written_in_order_when_the_block_has_ended(file: Path) -> None:
    part = Part()
    with copying(file, part):  # type: ignore[arg-type]
        pass
    assert b"".join(part.chunks) == file.read_bytes()


def test_a_part_that_cannot_be_written_ends_the_block_with_its_error(file: Path) -> None:
    with pytest.raises(LakeUnavailable, match="full"), copying(file, Part(most=0)):  # type: ignore[arg-type]
        pass


def test_a_file_that_cannot_be_read_ends_the_block_with_its_error(tmp_path: Path) -> None:
    with pytest.raises(OSError), copying(tmp_path / "none", Part()):  # type: ignore[arg-type]
        pass


def test_the_error_of_the_block_comes_first_and_stops_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.truncate(LARGE_BYTES)
        part = Part()

        def write(chunk: bytes) -> None:
            file.truncate(path.stat().st_size + len(chunk))  # it grows as it is read: without end
            part.written.set()

        part.write = write  # type: ignore[method-assign]
        with pytest.raises(ValueError, match="no table"), copying(path, part):  # type: ignore[arg-type]
            assert part.written.wait(60)
            raise ValueError("it is no table")
