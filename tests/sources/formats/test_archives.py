"""Members of archives: which are meant, and that nothing of a broken or hostile one is taken."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from medallion.errors import SourceRefused
from medallion.sources.formats import archives, compressions
from medallion.sources.formats.archives import matches, members, tar_without_member

Files = dict[str, bytes]
FILES: Files = {"2026/a.csv": b"id\n1\n", "2026/notes.txt": b"-", "b.csv": b"id\n2\n"}


def zipped(files: Files) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("2026")
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(files: Files, *more: tarfile.TarInfo) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for info in more:
            archive.addfile(info)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def entry(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


PACKERS: dict[str, Callable[[Files], bytes]] = {
    "zip": zipped,
    "tar": tarred,
    "tar.gz": lambda files: gzip.compress(tarred(files)),
    "tar.bz2": lambda files: bz2.compress(tarred(files)),
    "tar.xz": lambda files: lzma.compress(tarred(files)),
}


def read(archive: Path, pattern: str) -> Files:
    found = {}
    for member in members(archive, "a.zip", pattern):
        with member.open() as content:
            found[member.name] = content.read()
    return found


def test_a_pattern_means_files_and_folders() -> None:
    for name, pattern, wanted in (
        ("a/b/c.csv", "*.csv", True),
        ("a/b/c.csv", "a/*.csv", False),
        ("a/b/c.csv", "**/*.csv", True),
        ("c.csv", "**/*.csv", True),
        ("a/b/c.csv", "a/**", True),
        ("./c.csv", "?.csv", True),
        ("a/.c.csv", "*.csv", False),
        ("../c.csv", "*.csv", False),
        ("C.CSV", "*.csv", False),
        ("a" * 200 + ".csv", "*a" * 100 + "b", False),  # in no time
    ):
        assert matches(name, pattern) is wanted, (name, pattern)


@pytest.mark.parametrize("packer", PACKERS)
def test_each_kind_of_archive_is_known_by_its_content(tmp_path: Path, packer: str) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(PACKERS[packer](FILES))
    assert read(archive, "*.csv") == {"2026/a.csv": b"id\n1\n", "b.csv": b"id\n2\n"}
    assert [one.name for one in members(archive, "a", "*.csv")] == ["2026/a.csv", "b.csv"]


def test_what_cannot_be_trusted_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = bytearray(zipped({"a.csv": b"1"}))
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1  # the bit that says so
    tar, big = tarred(FILES), entry("x", tarfile.XHDTYPE)
    big.size = 2 * 1024 * 1024
    strange = tarred({"a\n\x1b.csv": b"1"})
    twice = tarred({"a.csv": b"1"})[:1024] + tarred({"a.csv": b"2"})
    cases: dict[str, tuple[bytes, str]] = {
        "nothing matches": (zipped({"a.txt": b"-"}), r"no file like \*\.csv; it holds a\.txt"),
        "empty": (zipped({}), "it holds no file"),
        "password": (bytes(locked), r"a\.csv is protected by a password"),
        "no archive": (b"id\n1\n", "is not a zip or tar, or damaged"),
        "nothing at all": (b"", "is not a zip or tar, or damaged"),
        "cut between members": (tar[:1024], "ends in the middle"),
        "cut in a member": (tar[: 512 + 3], "damaged"),
        "cut in one that is not meant": (tar[: 3 * 512], "damaged"),
        "cut gzip": (gzip.compress(tar)[:-30], "damaged|ends in the middle"),
        "cut xz": (lzma.compress(tar)[:-30], "damaged|ends in the middle"),
        "cut zip": (zipped(FILES)[:-30], "damaged"),
        "not an entry": (tar[:1024] + b"x" * 512 + tar[1024:], "ends in the middle"),
        "a link": (tarred({}, entry("a.csv", tarfile.SYMTYPE, "/etc/hostname")), "is a link"),
        "a device": (tarred({}, entry("a.csv", tarfile.CHRTYPE)), "is a link or a device"),
        "a long header": (tarred(FILES, big), "of more than a megabyte"),
        "one name twice": (twice, r"two files named a\.csv"),
        "a bomb": (zipped({f"{n}.csv": bytes(60_000) for n in range(4)}), "unpacks to more than"),
        "a packed bomb": (gzip.compress(tarred({"a": bytes(300_000)})), "unpacks to more than"),
    }
    monkeypatch.setattr(compressions, "HARMLESS_BYTES", 200_000)
    for content, problem in cases.values():
        archive = tmp_path / "archive"
        archive.write_bytes(content)
        with pytest.raises(SourceRefused, match=problem):
            read(archive, "*.csv")
    archive.write_bytes(strange)
    assert list(read(archive, "*.csv")) == ["a��.csv"]
    monkeypatch.setattr(archives, "MOST_ENTRIES", 2)
    archive.write_bytes(tar)
    with pytest.raises(SourceRefused, match="more than 2 files"):
        read(archive, "*.csv")


def test_a_tar_says_what_it_holds(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    archive.write_bytes(tarred({f"{n}.csv": b"" for n in range(12)}))
    refused = tar_without_member(archive, "a.tar")
    assert refused.problem == (
        "a.tar is an archive; it holds 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, 5.csv, 6.csv, 7.csv, "
        "8.csv, 9.csv, …"
    )
    assert 'member: "*.csv"' in refused.remedy
