"""Generated secrets: one value for everybody, closed to all others."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

from cryptography.fernet import Fernet

from medallion.local.credentials import fernet_key, keep_secret, write_private


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "admin.secret"
    first = keep_secret(path)
    assert len(first) >= 40
    assert keep_secret(path) == first
    assert _mode(path) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["admin.secret"]


def test_processes_that_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        secrets = pool.map(keep_secret, [tmp_path / "shared.secret"] * 16, chunksize=1)
    assert len(set(secrets)) == 1


def test_rewriting_a_file_that_was_open_closes_it(tmp_path: Path) -> None:
    path = tmp_path / "passwords.json"
    path.write_text("a longer text than the new one")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), _mode(path)) == ("new", 0o600)


def test_the_fernet_key_is_one() -> None:
    key = Fernet(fernet_key())
    assert key.decrypt(key.encrypt(b"film")) == b"film"
