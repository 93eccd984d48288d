"""Small files of a server, copied before their turn: in order, and no copy is left."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fsspec import AbstractFileSystem
from fsspec.asyn import AsyncFileSystem
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.local import LocalFileSystem

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.file import ahead
from medallion.sources.file.ahead import AT_ONCE, MOST_WAITING, CopiedFile, copy_ahead
from medallion.sources.file.remote import RemoteFile, Storage

PATIENCE_SECONDS = 60


class Server(AsyncFileSystemWrapper):
    """A folder as a server that several threads may ask. It counts the copies under way, and lets
    none end before so many have begun."""

    def __init__(self, at_once: int = 1) -> None:
        super().__init__(LocalFileSystem())
        self.together = threading.Barrier(at_once)
        self.waits = at_once > 1
        self.copied: list[str] = []

    def get_file(self, path: str, target: str, **given: Any) -> None:
        if self.waits:
            self.together.wait(PATIENCE_SECONDS)
        self.copied.append(Path(path).name)
        self.sync_fs.get_file(path, target)


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where copies are made. None is left at the end."""
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def files_of(folder: Path, server: AbstractFileSystem, number: int) -> list[RemoteFile]:
    storage = Storage(files=server, details=ConnectionDetails(conn_id="far"))
    folder.mkdir(exist_ok=True)
    found = []
    for one in range(number):
        path = folder / f"{one:03}.csv"
        path.write_text(f"id\n{one}\n")
        found.append(
            RemoteFile(
                name=path.name, short_name=path.name, path=str(path),
                bytes=path.stat().st_size, listed="", storage=storage,
            )
        )  # fmt: skip
    return found


@pytest.mark.usefixtures("own_folder")
def test_several_are_under_way_at_once_and_come_in_their_order(tmp_path: Path) -> None:
    files = files_of(tmp_path / "far", Server(AT_ONCE), 2 * AT_ONCE)
    with copy_ahead(files) as near:
        for number, file in enumerate(near):
            assert isinstance(file, CopiedFile)
            before = file.state()
            with file.at_hand() as path:
                assert path.read_text() == f"id\n{number}\n"
            assert not path.exists()
            assert file.state() == before
            assert file.name == files[number].name


def test_no_more_wait_than_there_is_room_for(tmp_path: Path, own_folder: Path) -> None:
    files = files_of(tmp_path / "far", Server(), 3 * MOST_WAITING)
    with copy_ahead(files) as near:
        for file in near:
            with file.at_hand():
                copies = [path for path in own_folder.rglob("*") if path.is_file()]
                assert len(copies) <= MOST_WAITING


@pytest.mark.usefixtures("own_folder")
def test_what_is_wrong_with_one_is_said_in_its_turn(tmp_path: Path) -> None:
    files = files_of(tmp_path / "far", Server(), 20)
    Path(files[3].path).unlink()
    read = []
    with (
        pytest.raises(SourceRefused, match=r"there is no file 003\.csv"),
        copy_ahead(files) as near,
    ):
        for file in near:
            with file.at_hand() as path:
                read.append(path.read_text())
    assert len(read) == 3


@pytest.mark.usefixtures("own_folder")
def test_one_that_grows_while_it_is_copied_is_read_again_later(tmp_path: Path) -> None:
    class Growing(Server):
        def get_file(self, path: str, target: str, **given: Any) -> None:
            with Path(path).open("a") as file:
                file.write("late\n")
            super().get_file(path, target)

    files = files_of(tmp_path / "far", Growing(), 2)
    with copy_ahead(files) as near, pytest.raises(SourceUnavailable, match="was changed while"):
        next(near).state()


@pytest.mark.usefixtures("own_folder")
def test_a_large_one_is_copied_in_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    files = files_of(tmp_path / "far", server, 3)
    monkeypatch.setattr(ahead, "MOST_BYTES", files[1].bytes - 1)
    with copy_ahead(files) as near:
        assert list(near) == files
    assert server.copied == []


@pytest.mark.usefixtures("own_folder")
def test_a_server_with_one_conversation_has_no_second_one(tmp_path: Path) -> None:
    alone = LocalFileSystem()
    assert not isinstance(alone, AsyncFileSystem)
    files = files_of(tmp_path / "far", alone, 20)
    with copy_ahead(files) as near:
        assert list(near) == files
