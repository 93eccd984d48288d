"""The digest of the code: kept by what the file system says of the files, and never a stale one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medallion.compiler import version
from medallion.compiler.entries import Store


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of its own, whose files changed long ago."""
    package = tmp_path / "medallion"
    (package / "compiler").mkdir(parents=True)
    (package / "spec" / "rules").mkdir(parents=True)
    (package / "errors.py").write_text("a = 1\n")
    (package / "spec" / "rules" / "files.py").write_text("b = 1\n")
    (package / "spec" / "rules" / "files.cpython-311.pyc").write_text("bytecode")
    (package / "steps").mkdir()
    (package / "steps" / "run.py").write_text("no spec depends on it\n")
    monkeypatch.setattr(version, "__file__", str(package / "compiler" / "version.py"))
    monkeypatch.setattr(version, "SETTLED", -(10**18))  # ctime is now: nobody can set it
    monkeypatch.setattr(version, "_worked_out", list[str]())
    return package


def read_version(store: Store | None) -> str:
    """As a process that starts."""
    version._worked_out.clear()
    return version.code_version({}, store)


def test_it_is_read_once_and_kept(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(code.parent)
    first = read_version(store)
    assert first == read_version(None)
    monkeypatch.setattr(version, "_digest_code", lambda files: pytest.fail("it reads all code"))
    assert read_version(store) == first


@pytest.mark.parametrize("file", ["errors.py", "spec/rules/files.py"])
def test_a_change_of_the_same_size_is_seen(code: Path, file: str) -> None:
    store = Store(code.parent)
    before, changed = read_version(store), code / file
    said = changed.stat()
    changed.write_text(changed.read_text().replace("1", "2"))
    os.utime(changed, ns=(said.st_atime_ns, said.st_mtime_ns))
    assert read_version(store) == read_version(None) != before


def test_a_new_file_is_seen_and_what_no_spec_depends_on_is_not(code: Path) -> None:
    store = Store(code.parent)
    before = read_version(store)
    (code / "steps" / "run.py").write_text("changed\n")
    (code / "spec" / "rules" / "more.cpython-311.pyc").write_text("bytecode")
    assert read_version(store) == before
    (code / "spec" / "words.txt").write_text("a word\n")
    assert read_version(store) == read_version(None) != before


def test_what_another_user_may_have_written_is_not_believed(code: Path) -> None:
    store = Store(code.parent)
    right = read_version(store)
    (kept,) = store.folder.glob("code.*.json")
    kept.write_text(f'"{"0" * 64}"')
    assert read_version(store) != right, "its owner is believed, as with plans"
    kept.chmod(0o666)
    assert read_version(store) == right
    kept.chmod(0o600)
    for text in ("", "[]", '"short"', "{"):
        kept.write_text(text)
        assert read_version(store) == right


def test_what_has_just_changed_is_not_kept(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more change might leave the file system saying the same of it."""
    monkeypatch.setattr(version, "SETTLED", 3600 * 10**9)
    store = Store(code.parent)
    assert read_version(store) == read_version(None)
    assert not list(store.folder.glob("code.*"))
